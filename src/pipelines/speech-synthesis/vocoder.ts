/**
 * What a synthesis pipeline must know of its vocoder: its spectrogram, how many samples it makes of
 * a frame, and how far around a frame it looks.
 */
import { withPlace } from "../../errors/tool-error.ts";
import type { EffArtifact } from "../../formats/eff/read.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import type { RivaArchive } from "../../formats/riva/read.ts";
import { checkModelClass, findGraph, readModelConfig } from "../archive-model.ts";
import { type MelSettings, parseMelSettings } from "./mel-settings.ts";
import { contextOf, type FrameContext, type GeneratorShape } from "./vocoder-context.ts";

export interface Vocoder {
  readonly graph: EffArtifact;
  readonly mels: MelSettings;
  readonly samplesPerFrame: number;
  readonly context: FrameContext;
}

/** @throws ToolError UNSUPPORTED_ARCHITECTURE, INVALID_FILE, INVALID_CONFIG, UNSUPPORTED (encrypted) */
export async function readVocoder(archive: RivaArchive): Promise<Vocoder> {
  checkModelClass(archive, ["HifiGanModel"], {
    pipeline: "speech_synthesis",
    what: "vocoder",
    classes: "a FastPitchModel and then a HifiGanModel",
  });
  const graph = findGraph(archive);
  const config = await readModelConfig(archive);
  return withPlace(archive.path, () => {
    const generator = parseGenerator(config.get("generator"));
    const samplesPerFrame = generator.upsamplings.reduce((all, { rate }) => all * rate, 1);
    const mels = parseMelSettings(config.get("preprocessor"));
    const { n_window_stride: stride } = mels;
    if (stride !== undefined && stride !== samplesPerFrame) {
      throw config
        .get("generator.upsample_rates")
        .unexpected(`rates whose product is ${stride}, the n_window_stride of the preprocessor`);
    }
    return { graph, mels, samplesPerFrame, context: contextOf(generator) };
  });
}

/** The shape of a `generator` section. */
export function parseGenerator(generator: ConfigNode): GeneratorShape {
  const rates = generator.get("upsample_rates").integers({ min: 1 });
  const kernels = generator.get("upsample_kernel_sizes").integers({ min: 1 });
  if (rates.length === 0 || rates.length !== kernels.length) {
    throw generator.get("upsample_kernel_sizes").unexpected(`${rates.length} numbers`);
  }
  const sizes = generator.get("resblock_kernel_sizes").integers({ min: 1 });
  const dilations = generator.get("resblock_dilation_sizes").items();
  if (sizes.length !== dilations.length) {
    throw generator.get("resblock_dilation_sizes").unexpected(`${sizes.length} lists`);
  }
  return {
    upsamplings: rates.map((rate, i) => ({ rate, kernel: kernels[i] as number })),
    resblockKind: [1, "1"].some((kind) => kind === generator.get("resblock").value) ? 1 : 2,
    resblocks: sizes.map((kernel, i) => ({
      kernel,
      dilations: dilations[i]?.integers({ min: 1 }) ?? [],
    })),
  };
}
