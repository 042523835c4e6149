/**
 * `encoder` and `decoder` of QuartzNet, Jasper and Citrinet configurations. Source of the keys
 * and defaults: NeMo, asr/modules/conv_asr.py and asr/parts/submodules/jasper.py.
 */
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import { ACTIVATIONS } from "../../nn/activation.ts";
import type { ConvAsrEncoderConfig } from "../../nn/conv-asr-encoder.ts";
import {
  RESIDUAL_MODES,
  type JasperBlockConfig,
  type ResidualMode,
} from "../../nn/jasper-block.ts";
import { count, countOrNone, flag, variant } from "../config-values.ts";
import { parseCtcHead, type CtcHeadConfig } from "../ctc-head.ts";

const NORMALIZATION_MODES = ["batch", "group", "instance", "layer"] as const;

export interface ConvCtcConfig {
  readonly sampleRate: number | undefined;
  readonly encoder: ConvAsrEncoderConfig;
  readonly head: CtcHeadConfig;
}

export function parseConvCtcConfig(model: ConfigNode): ConvCtcConfig {
  const encoder = parseConvAsrEncoder(model.get("encoder"));
  return {
    sampleRate: model.get("preprocessor.sample_rate").optional()?.positiveInteger(),
    encoder,
    head: parseCtcHead(model, encoder.blocks.at(-1)?.filters ?? 0),
  };
}

/** The section of a ConvASREncoder, which other model families have too. */
export function parseConvAsrEncoder(encoder: ConfigNode): ConvAsrEncoderConfig {
  // a block without a mode has that of the block before it
  let mode: ResidualMode = variant(encoder.get("residual_mode"), RESIDUAL_MODES, "add");
  const blocks = encoder
    .get("jasper")
    .items()
    .map((block) => {
      mode = variant(block.get("residual_mode"), RESIDUAL_MODES, mode);
      return parseBlock(block, mode);
    });
  if (blocks.length === 0) throw encoder.get("jasper").unexpected("a list of blocks");
  return {
    featureCount: count(encoder.get("feat_in")) * count(encoder.get("frame_splicing"), 1),
    activation: variant(encoder.get("activation"), ACTIVATIONS),
    normalization: variant(encoder.get("normalization_mode"), NORMALIZATION_MODES, "batch"),
    normGroups: countOrNone(encoder.get("norm_groups")) ?? 1,
    blocks,
  };
}

function parseBlock(block: ConfigNode, residualMode: ResidualMode): JasperBlockConfig {
  const heads = countOrNone(block.get("heads"));
  const separable = flag(block.get("separable"), false);
  if (heads !== undefined && !separable) {
    throw block.get("heads").unexpected("-1 in a block that is not separable");
  }
  const factor = block.get("kernel_size_factor").optional()?.number() ?? 1;
  return {
    filters: count(block.get("filters")),
    repeat: count(block.get("repeat"), 1),
    kernel: kernelSize(single(block.get("kernel"), 11), factor),
    stride: single(block.get("stride"), 1),
    dilation: single(block.get("dilation"), 1),
    residual: flag(block.get("residual"), true),
    residualMode,
    residualDense: flag(block.get("residual_dense"), false),
    separable,
    groups: count(block.get("groups"), 1),
    heads,
    strideLast: flag(block.get("stride_last"), false),
    futureContext: countOrNone(block.get("future_context")),
    squeezeExcite: flag(block.get("se"), false)
      ? {
          reductionRatio: count(block.get("se_reduction_ratio"), 8),
          contextSize: countOrNone(block.get("se_context_size")) ?? -1,
        }
      : undefined,
  };
}

/** A positive integer, which Jasper's configurations write as a list of one. */
function single(node: ConfigNode, fallback: number): number {
  if (!Array.isArray(node.value)) return count(node, fallback);
  if (node.value.length !== 1) throw node.unexpected("one number");
  return node.get("0").positiveInteger();
}

/** The scaled kernel, made odd so that the padding is symmetric. */
function kernelSize(kernel: number, factor: number): number {
  const scaled = Math.max(Math.trunc(kernel * factor), 1);
  return scaled % 2 === 0 ? scaled + 1 : scaled;
}
