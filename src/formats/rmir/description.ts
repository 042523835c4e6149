/**
 * What an RMIR says about its pipeline: plain JSON, documented in docs/formats/rmir.md. What the
 * parameters mean is the pipeline's business, not this format's.
 */
import { assert, ToolError } from "../../errors/tool-error.ts";

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JsonObject = Readonly<Record<string, JsonValue>>;

/** Of the layout. A file of another version is refused: what it means could have changed. */
export const RMIR_VERSION = 1;

export interface RmirComponent {
  /** `nn`, `featurizer`, `lm_decoder` …, unique in the file. */
  readonly name: string;
  /** What runs it: `onnx` or `step`. */
  readonly runtime: string;
  /** Names of artifacts in the RMIR, by what they are for (`onnx`, `vocab_file`). */
  readonly files: Readonly<Record<string, string>>;
  readonly parameters: JsonObject;
}

export interface RmirDescription {
  /** Which pipeline it is: `speech_recognition`. */
  readonly pipeline: string;
  /** Its name: what clients ask for. */
  readonly name: string;
  readonly parameters: JsonObject;
  readonly components: readonly RmirComponent[];
}

/** The description as text; the same description gives the same text. */
export function printDescription(description: RmirDescription): string {
  const { pipeline, name, parameters, components } = description;
  const names = new Set(components.map((component) => component.name));
  assert(names.size === components.length, "components have different names");
  const document = { rmir_version: RMIR_VERSION, pipeline, name, parameters, components };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** @throws ToolError INVALID_FILE with the dotted path of what is wrong */
export function parseDescription(text: string): RmirDescription {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw new ToolError("INVALID_FILE", "the pipeline description is not JSON", { hint, cause });
  }
  const root = objectAt("description", raw);
  const components = root["components"];
  if (!Array.isArray(components)) throw wrong("components", "a list", components);
  return {
    pipeline: textAt("pipeline", root["pipeline"]),
    name: textAt("name", root["name"]),
    parameters: objectAt("parameters", root["parameters"]) as JsonObject,
    components: components.map((raw, i) => parseComponent(`components.${i}`, raw)),
  };
}

function parseComponent(place: string, raw: unknown): RmirComponent {
  const component = objectAt(place, raw);
  const files = objectAt(`${place}.files`, component["files"]);
  return {
    name: textAt(`${place}.name`, component["name"]),
    runtime: textAt(`${place}.runtime`, component["runtime"]),
    files: Object.fromEntries(
      Object.entries(files).map(([key, name]) => [key, textAt(`${place}.files.${key}`, name)]),
    ),
    parameters: objectAt(`${place}.parameters`, component["parameters"]) as JsonObject,
  };
}

const hint = "the file was changed by hand or is damaged; build it again with riva-build";

function objectAt(place: string, raw: unknown): Readonly<Record<string, unknown>> {
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) return { ...raw };
  throw wrong(place, "an object", raw);
}

function textAt(place: string, raw: unknown): string {
  if (typeof raw === "string") return raw;
  throw wrong(place, "text", raw);
}

function wrong(place: string, expected: string, raw: unknown): ToolError {
  const got = JSON.stringify(raw)?.slice(0, 60) ?? "nothing";
  return new ToolError("INVALID_FILE", `${place}: expected ${expected}, got ${got}`, { hint });
}
