/**
 * NeMo's FFTransformer: self-attention over absolute positions, then a feed-forward part of two
 * convolutions, each with a residual and a layer norm behind it.
 * Source: NeMo, tts/modules/transformer.py (post-norm form; the pre-norm one is refused).
 */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import { conv1d } from "../conv1d.ts";
import { layerNorm } from "../layer-norm.ts";
import { frameRange } from "../lengths.ts";
import { linear } from "../linear.ts";
import type { Module } from "../module.ts";
import type { FftConfig } from "./config.ts";

/** Vanishes in the softmax, also in a row without any real place. */
const BLOCKED_SCORE = -10000;

/** Which places of a batch are real. */
export interface RowMask {
  /** float32 [B, T, 1]: 1 or 0 */
  readonly factor: Value;
  /** bool [B, 1, 1, T]: true where attention must not look */
  readonly blocked: Value;
  /** Zeroes [B, C, T] before a convolution, where the model does not do that anyway. */
  beforeConv(x: Value): Value;
}

/**
 * `valid` is bool [B, T]. NeMo lets convolutions see what the layers before made of the padding, so
 * that the end of a row depends on the batch around it; with `convMask` they see zeros.
 */
export function rowMask(g: GraphBuilder, valid: Value, convMask: boolean): RowMask {
  const real = g.Cast(valid, "float32");
  const channels = g.Unsqueeze(real, [1]);
  return {
    factor: g.Unsqueeze(real, [2]),
    blocked: g.Unsqueeze(g.Not(valid), [1, 2]),
    beforeConv: (x) => (convMask ? g.Mul(x, channels) : x),
  };
}

/** `x` [B, T, d] gives [B, T, d], zero where the mask is; `speaker` is [B, 1, d]. */
export function fftTransformer(
  m: Module,
  x: Value,
  mask: RowMask,
  config: FftConfig,
  speaker: Value | undefined,
): Value {
  const positions = sinusoids(m.child("pos_emb"), x, config.modelSize);
  let y = m.run((g) => g.Add(x, g.Mul(positions, mask.factor)));
  if (config.isConditioned && speaker !== undefined) {
    const unconditioned = y;
    y = m.run((g) => g.Add(unconditioned, speaker));
  }
  for (let layer = 0; layer < config.layerCount; layer++) {
    const place = m.child(`layers.${layer}`);
    y = feedForward(place.child("pos_ff"), attention(place, y, mask, config), mask, config);
  }
  return y;
}

/** [1, T, size]: the sines of all frequencies, then the cosines. */
function sinusoids(m: Module, x: Value, size: number): Value {
  return m.run((g) => {
    const frequencies = m.has("inv_freq")
      ? m.weight("inv_freq", [size / 2])
      : g.weight(m.key("inv_freq"), memoryView("float32", inverseFrequencies(size)));
    const places = g.Cast(frameRange(g, x, 1), "float32");
    const angles = g.Mul(g.Unsqueeze(places, [1]), frequencies);
    return g.Unsqueeze(g.Concat([g.Sin(angles), g.Cos(angles)], 1), [0]);
  });
}

function inverseFrequencies(size: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size / 2 }, (_, i) => 10000 ** ((-2 * i) / size));
}

function attention(block: Module, x: Value, mask: RowMask, config: FftConfig): Value {
  const { modelSize, headCount, headSize } = config;
  const width = headCount * headSize;
  const m = block.child("dec_attn");
  const projected = linear(m.child("qkv_net"), x, {
    inFeatures: modelSize,
    outFeatures: 3 * width,
  });
  const mixed = m.run((g) => {
    const [q, k, v] = g.Split(projected, [width, width, width], 2) as [Value, Value, Value];
    const heads = (value: Value, perm: readonly number[]): Value =>
      g.Transpose(g.Reshape(value, [0, 0, headCount, headSize]), perm);
    const queries = g.Mul(heads(q, [0, 2, 1, 3]), 1 / Math.sqrt(headSize));
    const scores = g.MatMul(queries, heads(k, [0, 2, 3, 1]));
    const weights = g.Softmax(g.Where(mask.blocked, BLOCKED_SCORE, scores), -1);
    const values = g.MatMul(weights, heads(v, [0, 2, 1, 3]));
    return g.Reshape(g.Transpose(values, [0, 2, 1, 3]), [0, 0, width]);
  });
  const out = linear(m.child("o_net"), mixed, {
    inFeatures: width,
    outFeatures: modelSize,
    bias: false,
  });
  return normedSum(m, x, out, mask, config);
}

function feedForward(m: Module, x: Value, mask: RowMask, config: FftConfig): Value {
  const { modelSize, innerSize, kernel } = config;
  const channels = m.run((g) => g.Transpose(x, [0, 2, 1]));
  const inner = conv1d(m.child("CoreNet.0"), channels, {
    inChannels: modelSize,
    outChannels: innerSize,
    kernel,
  });
  const outer = conv1d(
    m.child("CoreNet.2"),
    m.run((g) => mask.beforeConv(g.Relu(inner))),
    { inChannels: innerSize, outChannels: modelSize, kernel },
  );
  const change = m.run((g) => g.Transpose(outer, [0, 2, 1]));
  return normedSum(m, x, change, mask, config);
}

/** The layer norm of the sum, zero where the mask is. */
function normedSum(
  m: Module,
  x: Value,
  change: Value,
  mask: RowMask,
  { modelSize }: FftConfig,
): Value {
  const sum = m.run((g) => g.Add(x, change));
  const normed = layerNorm(m.child("layer_norm"), sum, modelSize);
  return m.run((g) => g.Mul(normed, mask.factor));
}
