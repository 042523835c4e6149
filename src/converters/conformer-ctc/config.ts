/**
 * `encoder` of Conformer and FastConformer configurations. Source of the keys and defaults:
 * NeMo, asr/modules/conformer_encoder.py.
 */
import {
  ATTENTIONS,
  SUBSAMPLINGS,
  type AttentionContext,
  type ConformerConfig,
  type ConvolutionNorm,
} from "../../nn/conformer/config.ts";
import { ConfigReader } from "../../nn/config-reader.ts";
import { parseCtcHead, type CtcHeadConfig } from "../ctc-head.ts";

export interface ConformerCtcConfig {
  readonly sampleRate: number | undefined;
  readonly encoder: ConformerConfig;
  readonly head: CtcHeadConfig;
}

export function parseConformerCtcConfig(config: unknown): ConformerCtcConfig {
  const model = new ConfigReader(config);
  const preprocessor = model.has("preprocessor") ? model.section("preprocessor") : undefined;
  return {
    sampleRate: preprocessor?.has("sample_rate") ? preprocessor.int("sample_rate") : undefined,
    encoder: parseConformerEncoder(model.section("encoder")),
    head: parseCtcHead(model),
  };
}

/** The section of a ConformerEncoder, which transducer models have too. */
export function parseConformerEncoder(encoder: ConfigReader): ConformerConfig {
  refuseReduction(encoder);
  const modelSize = encoder.int("d_model");
  const headCount = encoder.int("n_heads", { default: 4 });
  if (modelSize % headCount !== 0 || modelSize % 2 !== 0) {
    throw encoder.contradiction("d_model", `an even multiple of n_heads, ${headCount}`);
  }
  const outputSize = encoder.int("feat_out", { default: -1, min: -1 });
  const channels = encoder.int("subsampling_conv_channels", { default: -1, min: -1 });
  const kernel = encoder.int("conv_kernel_size", { default: 31 });
  return {
    featureCount: encoder.int("feat_in"),
    layerCount: encoder.int("n_layers"),
    modelSize,
    outputSize: outputSize > 0 && outputSize !== modelSize ? outputSize : undefined,
    subsampling: encoder.choice("subsampling", SUBSAMPLINGS, "striding"),
    subsamplingFactor: parseFactor(encoder),
    subsamplingChannels: channels > 0 ? channels : modelSize,
    causalSubsampling: encoder.boolean("causal_downsampling", false),
    feedForwardSize: modelSize * encoder.int("ff_expansion_factor", { default: 4 }),
    attention: encoder.choice("self_attention_model", ATTENTIONS, "rel_pos"),
    headCount,
    context: parseContext(encoder),
    inputScaling: encoder.boolean("xscaling", true),
    convolutionKernel: kernel,
    convolutionNorm: parseNorm(encoder),
    convolutionContext: parseConvolutionContext(encoder, kernel),
    bias: encoder.boolean("use_bias", true),
  };
}

function parseFactor(encoder: ConfigReader): number {
  const factor = encoder.int("subsampling_factor", { default: 4 });
  const isStacking = encoder.string("subsampling", "striding").startsWith("stacking");
  if (isStacking || (factor >= 2 && Number.isInteger(Math.log2(factor)))) return factor;
  throw encoder.unsupported("subsampling_factor", factor, "powers of 2");
}

/** Frames that are merged again behind some layer: no published model does it. */
function refuseReduction(encoder: ConfigReader): void {
  const reduction = encoder.raw("reduction");
  if (reduction !== undefined) throw encoder.unsupported("reduction", reduction, "null");
}

/** A pair, or a list of pairs of which the first is used. */
function parseContext(encoder: ConfigReader): AttentionContext {
  const raw = encoder.raw("att_context_size") ?? [-1, -1];
  const pair: unknown = Array.isArray(raw) && Array.isArray(raw[0]) ? raw[0] : raw;
  const [left, right] = Array.isArray(pair) ? (pair as unknown[]) : [];
  const isSize = (size: unknown): size is number =>
    Number.isSafeInteger(size) && (size as number) >= -1;
  if (!isSize(left) || !isSize(right)) {
    throw encoder.contradiction(
      "att_context_size",
      "two integers from -1, or a list of such pairs",
    );
  }
  const style = encoder.choice(
    "att_context_style",
    ["regular", "chunked_limited"] as const,
    "regular",
  );
  return { style, left, right };
}

function parseNorm(encoder: ConfigReader): ConvolutionNorm {
  const norm = encoder.string("conv_norm_type", "batch_norm");
  const groups = /^group_norm(\d+)$/.exec(norm)?.[1];
  if (groups !== undefined && Number(groups) > 0)
    return { mode: "group_norm", groups: Number(groups) };
  if (norm === "batch_norm" || norm === "fused_batch_norm") return { mode: "batch_norm" };
  if (norm === "layer_norm" || norm === "instance_norm") return { mode: norm };
  throw encoder.unsupported(
    "conv_norm_type",
    norm,
    "batch_norm, layer_norm, instance_norm, group_norm<N>",
  );
}

/** Frames before and behind: symmetric unless `causal` or a pair is given. */
function parseConvolutionContext(encoder: ConfigReader, kernel: number): readonly [number, number] {
  const raw = encoder.raw("conv_context_size");
  if (raw === undefined) {
    if (kernel % 2 === 0) throw encoder.contradiction("conv_kernel_size", "an odd number");
    return [(kernel - 1) / 2, (kernel - 1) / 2];
  }
  if (raw === "causal") return [kernel - 1, 0];
  const pair = Array.isArray(raw) ? (raw as unknown[]).map(Number) : [];
  const [before = -1, behind = -1] = pair;
  if (before >= 0 && behind >= 0 && before + behind === kernel - 1) return [before, behind];
  throw encoder.contradiction(
    "conv_context_size",
    `"causal" or two integers that sum to ${kernel - 1}`,
  );
}
