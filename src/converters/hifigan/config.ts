/** `generator` of a HifiGanModel's configuration. Source: NeMo, tts/modules/hifigan_modules.py. */
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import type { HifiGanGeneratorConfig } from "../../nn/hifigan-generator.ts";
import { className, count, refuse } from "../config-values.ts";

export interface HifiGanConfig {
  readonly sampleRate: number | undefined;
  readonly generator: HifiGanGeneratorConfig;
}

const DEFAULT_MEL_COUNT = 80;

export function parseHifiGanConfig(model: ConfigNode): HifiGanConfig {
  return {
    sampleRate: model.get("preprocessor.sample_rate").optional()?.positiveInteger(),
    generator: parseGenerator(model.get("generator")),
  };
}

function parseGenerator(generator: ConfigNode): HifiGanGeneratorConfig {
  const target = generator.get("_target_");
  if (target.isPresent && className(target.string()) !== "Generator") refuse(target, "Generator");
  const initialChannels = count(generator.get("upsample_initial_channel"));
  const upsamplings = parseUpsamplings(generator);
  if (initialChannels % 2 ** upsamplings.length !== 0) {
    throw generator
      .get("upsample_initial_channel")
      .unexpected(`a number that ${upsamplings.length} upsamplings can halve`);
  }
  return {
    melCount: count(generator.get("initial_input_size"), DEFAULT_MEL_COUNT),
    initialChannels,
    upsamplings,
    resblock: parseResblock(generator.get("resblock")),
    resblocks: parseResblocks(generator),
  };
}

function parseUpsamplings(generator: ConfigNode): HifiGanGeneratorConfig["upsamplings"] {
  const rates = generator.get("upsample_rates").integers({ min: 1 });
  const node = generator.get("upsample_kernel_sizes");
  const kernels = node.integers({ min: 1 });
  if (rates.length === 0) throw generator.get("upsample_rates").unexpected("at least one rate");
  const fit = kernels.length === rates.length && kernels.every((k, i) => k >= (rates[i] as number));
  if (!fit) {
    throw node.unexpected(`${rates.length} numbers, none below its rate of ${rates.join(", ")}`);
  }
  return rates.map((rate, i) => ({ rate, kernel: kernels[i] as number }));
}

/** A number; some configurations have it as text. */
function parseResblock(node: ConfigNode): 1 | 2 {
  const { value } = node;
  if (value === 1 || value === "1") return 1;
  return value === 2 || value === "2" ? 2 : refuse(node, "1, 2");
}

function parseResblocks(generator: ConfigNode): HifiGanGeneratorConfig["resblocks"] {
  const kernels = generator.get("resblock_kernel_sizes").integers({ min: 1 });
  const node = generator.get("resblock_dilation_sizes");
  const dilations = node.items().map((item) => item.integers({ min: 1 }));
  if (kernels.length === 0 || dilations.length !== kernels.length) {
    throw node.unexpected(`a list for each of ${kernels.length} kernel sizes`);
  }
  return kernels.map((kernel, i) => ({ kernel, dilations: dilations[i] as readonly number[] }));
}
