/**
 * `encoder` of Conformer and FastConformer configurations. Source of the keys and defaults:
 * NeMo, asr/modules/conformer_encoder.py.
 */
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import {
  ATTENTIONS,
  SUBSAMPLINGS,
  type AttentionContext,
  type ConformerConfig,
  type ConvolutionNorm,
} from "../../nn/conformer/config.ts";
import { count, countOrNone, flag, refuse, variant } from "../config-values.ts";
import { parseCtcHead, type CtcHeadConfig } from "../ctc-head.ts";

export interface ConformerCtcConfig {
  readonly sampleRate: number | undefined;
  readonly encoder: ConformerConfig;
  readonly head: CtcHeadConfig;
}

export function parseConformerCtcConfig(model: ConfigNode): ConformerCtcConfig {
  const encoder = parseConformerEncoder(model.get("encoder"));
  return {
    sampleRate: model.get("preprocessor.sample_rate").optional()?.positiveInteger(),
    encoder,
    head: parseCtcHead(model, encoder.outputSize ?? encoder.modelSize),
  };
}

/** The section of a ConformerEncoder, which transducer models have too. */
export function parseConformerEncoder(encoder: ConfigNode): ConformerConfig {
  // frames that are merged again behind some layer: no published model does it
  if (encoder.get("reduction").isPresent) refuse(encoder.get("reduction"), "null");
  // tokens that see and are seen by all others, in local attention
  const globalTokens = encoder.get("global_tokens");
  if (globalTokens.isPresent && globalTokens.integer() !== 0) refuse(globalTokens, "0");
  const modelSize = count(encoder.get("d_model"));
  const headCount = count(encoder.get("n_heads"), 4);
  if (modelSize % headCount !== 0 || modelSize % 2 !== 0) {
    throw encoder.get("d_model").unexpected(`an even multiple of n_heads, ${headCount}`);
  }
  const outputSize = countOrNone(encoder.get("feat_out"), [-1, 0]);
  const kernel = count(encoder.get("conv_kernel_size"), 31);
  return {
    featureCount: count(encoder.get("feat_in")),
    layerCount: count(encoder.get("n_layers")),
    modelSize,
    outputSize: outputSize === modelSize ? undefined : outputSize,
    subsampling: variant(encoder.get("subsampling"), SUBSAMPLINGS, "striding"),
    subsamplingFactor: parseFactor(encoder),
    subsamplingChannels: countOrNone(encoder.get("subsampling_conv_channels")) ?? modelSize,
    causalSubsampling: flag(encoder.get("causal_downsampling"), false),
    feedForwardSize: modelSize * count(encoder.get("ff_expansion_factor"), 4),
    attention: variant(encoder.get("self_attention_model"), ATTENTIONS, "rel_pos"),
    headCount,
    context: parseContext(encoder),
    inputScaling: flag(encoder.get("xscaling"), true),
    convolutionKernel: kernel,
    convolutionNorm: parseNorm(encoder.get("conv_norm_type")),
    convolutionContext: parseConvolutionContext(encoder, kernel),
    bias: flag(encoder.get("use_bias"), true),
  };
}

function parseFactor(encoder: ConfigNode): number {
  const node = encoder.get("subsampling_factor");
  const factor = count(node, 4);
  const subsampling = encoder.get("subsampling").value;
  const isStacking = subsampling === "stacking" || subsampling === "stacking_norm";
  if (isStacking || (factor >= 2 && Number.isInteger(Math.log2(factor)))) return factor;
  return refuse(node, "powers of 2");
}

/** A pair, or a list of pairs of which the first is used. */
function parseContext(encoder: ConfigNode): AttentionContext {
  const node = encoder.get("att_context_size");
  const style = variant(
    encoder.get("att_context_style"),
    ["regular", "chunked_limited"],
    "regular",
  );
  if (!node.isPresent) return { style, left: -1, right: -1 };
  const [left, right] = (Array.isArray(node.get("0").value) ? node.get("0") : node).integers({
    min: -1,
  });
  if (left === undefined || right === undefined) throw node.unexpected("two integers from -1");
  return { style, left, right };
}

function parseNorm(node: ConfigNode): ConvolutionNorm {
  const norm = node.isPresent ? node.string() : "batch_norm";
  const groups = /^group_norm([1-9]\d{0,5})$/.exec(norm)?.[1];
  if (groups !== undefined) return { mode: "group_norm", groups: Number(groups) };
  if (norm === "batch_norm" || norm === "layer_norm" || norm === "instance_norm") {
    return { mode: norm };
  }
  return refuse(node, "batch_norm, layer_norm, instance_norm, group_norm<N>");
}

/** Frames before and behind: symmetric unless `causal` or a pair is given. */
function parseConvolutionContext(encoder: ConfigNode, kernel: number): readonly [number, number] {
  const node = encoder.get("conv_context_size");
  if (!node.isPresent) {
    if (kernel % 2 === 0) throw encoder.get("conv_kernel_size").unexpected("an odd number");
    return [(kernel - 1) / 2, (kernel - 1) / 2];
  }
  if (node.value === "causal") return [kernel - 1, 0];
  const [before = -1, behind = -1] = node.integers({ min: 0 });
  if (before + behind === kernel - 1) return [before, behind];
  throw node.unexpected(`"causal" or two integers that sum to ${kernel - 1}`);
}
