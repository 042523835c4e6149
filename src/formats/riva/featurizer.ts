/**
 * Window and filterbank of a log-mel front end, where a checkpoint has others than its
 * configuration implies. They travel beside the graph; an archive of an ordinary model has none,
 * as the original's.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { type ByteSource } from "../../io/byte-source.ts";
import { readFloat32 } from "../../tensor/read-tensor.ts";
import { tensor } from "../../tensor/tensor.ts";
import { readSafetensors } from "../safetensors/read.ts";
import { encodeSafetensors } from "../safetensors/write.ts";

export const FEATURIZER_NAME = "featurizer.safetensors";

export interface FeaturizerTensors {
  readonly window: Float32Array<ArrayBuffer>;
  /** [features, bins] in rows. */
  readonly filterbank: Float32Array<ArrayBuffer>;
}

export function encodeFeaturizer({ window, filterbank }: FeaturizerTensors): Uint8Array {
  return encodeSafetensors({
    window: tensor("float32", window),
    filterbank: tensor("float32", filterbank),
  });
}

/** @throws ToolError INVALID_FILE if the file is damaged or lacks one of them */
export async function readFeaturizer(source: ByteSource): Promise<FeaturizerTensors> {
  const views = await readSafetensors(source);
  const [window, filterbank] = [views.get("window"), views.get("filterbank")];
  if (window === undefined || filterbank === undefined) {
    throw new ToolError("INVALID_FILE", "the file lacks 'window' or 'filterbank'", {
      at: source.name,
      hint: "export the model again with nemo2riva",
    });
  }
  return {
    window: new Float32Array(await readFloat32(window)),
    filterbank: new Float32Array(await readFloat32(filterbank)),
  };
}
