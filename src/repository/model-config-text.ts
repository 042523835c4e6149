/**
 * `config.pbtxt`: a model config in the protobuf text format.
 * Triton's parser wants what a generic writer leaves out: `max_batch_size: 0` is meaningful, and
 * people look for it. Every field stands on a line of its own, so that text tools find
 * `key:`, `value:` and `string_value:`.
 */
import { fromText, toText } from "@bufbuild/protobuf/txtpb";
import { ToolError } from "../errors/tool-error.ts";
import { type ModelConfig, ModelConfigSchema } from "../gen/model_config_pb.ts";

/** The text of a config; always names `max_batch_size`. */
export function writeModelConfigText(config: ModelConfig): string {
  const text = toText(ModelConfigSchema, config);
  return config.maxBatchSize === 0 ? `${text}max_batch_size: 0\n` : text;
}

/**
 * Reads the text of a config; `file` is its name for error messages.
 * @throws ToolError INVALID_FILE with file and line
 */
export function parseModelConfigText(text: string, file = "config.pbtxt"): ModelConfig {
  try {
    return fromText(ModelConfigSchema, text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ToolError("INVALID_FILE", `not a model config: ${error.message}`, {
      at: [file, `line ${lineOfError(text, error.message)}`],
      hint: "see the field names of Triton's model configuration (protobuf text format)",
      cause: error,
    });
  }
}

/**
 * The parser does not say where it failed. The failing line is the last one of the shortest
 * beginning of the text that fails in the same way: a shorter beginning merely ends too early.
 */
function lineOfError(text: string, message: string): number {
  const lines = text.split("\n");
  let below = 0;
  let atOrAbove = lines.length;
  while (atOrAbove - below > 1) {
    const middle = (below + atOrAbove) >> 1;
    if (failsWith(lines.slice(0, middle).join("\n"), message)) atOrAbove = middle;
    else below = middle;
  }
  return atOrAbove;
}

function failsWith(text: string, message: string): boolean {
  try {
    fromText(ModelConfigSchema, text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message === message;
  }
}
