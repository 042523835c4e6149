/**
 * The graph of a `.riva` archive. One too large for a protobuf message (2 GiB) is a plain tar of
 * the model and its files of weights, under the model's name.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import type { ModelGraph } from "../../tensor/model-graph.ts";
import { readOnnx } from "../onnx/read.ts";
import { readTar } from "../tar/read.ts";

/** The first byte of an ONNX model: its IR version, field 1 as a varint. */
const ONNX_START = 0x08;

/**
 * Reads everything but the weights.
 * @throws ToolError as `readOnnx` and `readTar`, INVALID_FILE for a tar without one model
 */
export async function readRivaGraph(source: ByteSource): Promise<ModelGraph> {
  const [first] = await source.read(0, Math.min(1, source.sizeBytes));
  if (first === ONNX_START) return readOnnx(source);
  const members = await readTar(source);
  const models = members.filter(({ name }) => name.endsWith(".onnx"));
  const [model] = models;
  if (model === undefined || models.length > 1) {
    throw new ToolError(
      "INVALID_FILE",
      `expected one .onnx file in the graph's tar, found ${models.length}`,
      {
        at: source.name,
        hint: "export the model again with nemo2riva",
      },
    );
  }
  return readOnnx(model.source, {
    openExternalData: async (name) => {
      const found = members.find((member) => member.name === name);
      if (found !== undefined) return found.source;
      throw new ToolError("INVALID_FILE", `the graph's weights '${name}' are missing`, {
        at: source.name,
        hint: "the archive is incomplete; export the model again with nemo2riva",
      });
    },
  });
}
