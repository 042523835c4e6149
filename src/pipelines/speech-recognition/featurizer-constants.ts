/** The featurizer's own constants inside the description of an RMIR: float32 as base64. */
import { ToolError } from "../../errors/tool-error.ts";
import type { FeaturizerTensors } from "../../formats/riva/featurizer.ts";
import type { JsonObject, JsonValue } from "../../formats/rmir/description.ts";

export function constantsToJson({ window, filterbank }: FeaturizerTensors): JsonObject {
  const encode = (values: Float32Array): string =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
  return { window: encode(window), filterbank: encode(filterbank) };
}

/** @throws ToolError INVALID_FILE for a description that was changed by hand */
export function constantsFromJson(value: JsonValue | undefined): FeaturizerTensors | undefined {
  if (value === undefined) return undefined;
  const map = (typeof value === "object" && !Array.isArray(value) ? value : {}) as JsonObject;
  return {
    window: decode("window", map["window"]),
    filterbank: decode("filterbank", map["filterbank"]),
  };
}

function decode(name: string, value: JsonValue | undefined): Float32Array<ArrayBuffer> {
  const bytes =
    typeof value === "string" ? Uint8Array.from(Buffer.from(value, "base64")) : undefined;
  if (bytes !== undefined && bytes.byteLength > 0 && bytes.byteLength % 4 === 0)
    return new Float32Array(bytes.buffer);
  throw new ToolError("INVALID_FILE", "the constants of the featurizer are damaged", {
    at: `preprocessor.constants.${name}`,
    hint: "build the RMIR again with riva-build",
  });
}
