/**
 * `encoder` and `decoder` of QuartzNet, Jasper and Citrinet configurations. Source of the keys
 * and defaults: NeMo, asr/modules/conv_asr.py and asr/parts/submodules/jasper.py.
 */
import { ACTIVATIONS } from "../../nn/activation.ts";
import type { ConvAsrEncoderConfig } from "../../nn/conv-asr-encoder.ts";
import {
  RESIDUAL_MODES,
  type JasperBlockConfig,
  type ResidualMode,
} from "../../nn/jasper-block.ts";
import { ConfigReader } from "../../nn/config-reader.ts";
import { parseCtcHead, type CtcHeadConfig } from "../ctc-head.ts";

const NORMALIZATION_MODES = ["batch", "group", "instance", "layer"] as const;

export interface ConvCtcConfig {
  readonly sampleRate: number | undefined;
  readonly encoder: ConvAsrEncoderConfig;
  readonly head: CtcHeadConfig;
}

export function parseConvCtcConfig(config: unknown): ConvCtcConfig {
  const model = new ConfigReader(config);
  const preprocessor = model.has("preprocessor") ? model.section("preprocessor") : undefined;
  return {
    sampleRate: preprocessor?.has("sample_rate") ? preprocessor.int("sample_rate") : undefined,
    encoder: parseConvAsrEncoder(model.section("encoder")),
    head: parseCtcHead(model),
  };
}

/** The section of a ConvASREncoder, which other model families have too. */
export function parseConvAsrEncoder(encoder: ConfigReader): ConvAsrEncoderConfig {
  // a block without a mode has that of the block before it
  let mode = encoder.choice("residual_mode", RESIDUAL_MODES, "add");
  const blocks = encoder.sections("jasper").map((block) => {
    mode = block.choice("residual_mode", RESIDUAL_MODES, mode);
    return parseBlock(block, mode);
  });
  if (blocks.length === 0) throw encoder.contradiction("jasper", "a list of blocks");
  return {
    featureCount: encoder.int("feat_in") * encoder.int("frame_splicing", { default: 1 }),
    activation: encoder.choice("activation", ACTIVATIONS),
    normalization: encoder.choice("normalization_mode", NORMALIZATION_MODES, "batch"),
    normGroups: Math.max(1, encoder.int("norm_groups", { default: 1, min: -1 })),
    blocks,
  };
}

function parseBlock(block: ConfigReader, residualMode: ResidualMode): JasperBlockConfig {
  const futureContext = block.int("future_context", { default: -1, min: -1 });
  const heads = block.int("heads", { default: -1, min: -1 });
  const separable = block.boolean("separable", false);
  if (heads !== -1 && !separable)
    throw block.contradiction("heads", "-1 in a block that is not separable");
  return {
    filters: block.int("filters"),
    repeat: block.int("repeat", { default: 1 }),
    kernel: kernelSize(block.intOrList("kernel", 11), block.number("kernel_size_factor", 1)),
    stride: block.intOrList("stride", 1),
    dilation: block.intOrList("dilation", 1),
    residual: block.boolean("residual", true),
    residualMode,
    residualDense: block.boolean("residual_dense", false),
    separable,
    groups: block.int("groups", { default: 1 }),
    heads: heads === -1 ? undefined : heads,
    strideLast: block.boolean("stride_last", false),
    futureContext: futureContext === -1 ? undefined : futureContext,
    squeezeExcite: block.boolean("se", false)
      ? {
          reductionRatio: block.int("se_reduction_ratio", { default: 8 }),
          contextSize: block.int("se_context_size", { default: -1, min: -1 }),
        }
      : undefined,
  };
}

/** The scaled kernel, made odd so that the padding is symmetric. */
function kernelSize(kernel: number, factor: number): number {
  const scaled = Math.max(Math.trunc(kernel * factor), 1);
  return scaled % 2 === 0 ? scaled + 1 : scaled;
}
