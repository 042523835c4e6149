/**
 * Multi-head self-attention of a Conformer, with relative positions (Transformer-XL: biases u
 * and v, shifted position scores) or without. The scaling by 1/√d is multiplied into the query's
 * weights and the biases.
 */
import type { GraphBuilder } from "../../graph/builder.ts";
import { multiplyDims } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { reshaped, scaled } from "../derived-view.ts";
import { linear } from "../linear.ts";
import type { Module } from "../module.ts";
import type { ConformerConfig } from "./config.ts";

/** Large enough to vanish in the softmax, as NeMo has it. */
const BLOCKED_SCORE = -10000;

export interface AttentionInputs {
  /** [1, 2T−1, d]; undefined: without relative positions. */
  readonly positions: Value | undefined;
  /** bool [B, 1, T, T] */
  readonly blocked: Value;
}

/** `x` [B, T, d] gives [B, T, d]. */
export function selfAttention(
  m: Module,
  x: Value,
  config: ConformerConfig,
  inputs: AttentionInputs,
): Value {
  const { modelSize, headCount, bias } = config;
  const headSize = modelSize / headCount;
  const square = { inFeatures: modelSize, outFeatures: modelSize, bias };
  const scale = 1 / Math.sqrt(headSize);
  const q = linear(m.child("linear_q"), x, { ...square, scale });
  const k = linear(m.child("linear_k"), x, square);
  const v = linear(m.child("linear_v"), x, square);
  const mixed = m.run((g) => {
    // [B, T, d] to [B, H, T, d/H], the keys to [B, H, d/H, T]
    const heads = (value: Value, perm: readonly number[]): Value =>
      g.Transpose(g.Reshape(value, [0, 0, headCount, headSize]), perm);
    const keys = heads(k, [0, 2, 3, 1]);
    const values = heads(v, [0, 2, 1, 3]);
    const queries = heads(q, [0, 2, 1, 3]);
    const scores =
      inputs.positions === undefined
        ? g.MatMul(queries, keys)
        : relativeScores(m, { queries, keys, positions: inputs.positions }, config, scale);
    const blockedOut = g.Where(inputs.blocked, BLOCKED_SCORE, scores);
    // rows that are blocked entirely come out of the softmax uniform; they must give nothing
    const weights = g.Where(inputs.blocked, 0, g.Softmax(blockedOut, -1));
    return g.Reshape(g.Transpose(g.MatMul(weights, values), [0, 2, 1, 3]), [0, 0, modelSize]);
  });
  return linear(m.child("linear_out"), mixed, square);
}

interface RelativeInputs {
  readonly queries: Value;
  readonly keys: Value;
  readonly positions: Value;
}

function relativeScores(
  m: Module,
  { queries, keys, positions }: RelativeInputs,
  { modelSize, headCount }: ConformerConfig,
  scale: number,
): Value {
  const headSize = modelSize / headCount;
  const square = { inFeatures: modelSize, outFeatures: modelSize, bias: false };
  const p = linear(m.child("linear_pos"), positions, square);
  const g = m.g;
  const biasOf = (name: string): Value =>
    m.weight(name, [headCount, headSize], (view) =>
      reshaped(scaled(view, scale), [headCount, 1, headSize]),
    );
  const places = g.Transpose(g.Reshape(p, [0, 0, headCount, headSize]), [0, 2, 3, 1]);
  const byContent = g.MatMul(g.Add(queries, biasOf("pos_bias_u")), keys);
  const byPosition = g.MatMul(g.Add(queries, biasOf("pos_bias_v")), places);
  return g.Add(byContent, shifted(g, byPosition));
}

/** [B, H, T, 2T−1] to [B, H, T, T]: `out[i, j] = in[i, j − i + T − 1]`. */
function shifted(g: GraphBuilder, x: Value): Value {
  const [batch = "?", heads = "?", frames = "?", places = "?"] = x.shape;
  const size = g.sizeOf(x, 2);
  const keep = g.constant("int64", [0, 0]);
  const rest = g.constant("int64", [-1]);
  const padded = g.Pad(x, [0, 0, 0, 1, 0, 0, 0, 0]);
  const folded = g.Reshape(padded, g.Concat([keep, rest, size], 0), [
    batch,
    heads,
    multiplyDims(2, frames),
    frames,
  ]);
  const dropped = g.Slice(folded, [{ axis: 2, start: 1, size: places }]);
  const unfolded = g.Reshape(dropped, g.Concat([keep, size, rest], 0), x.shape);
  return g.Slice(unfolded, [{ axis: 3, start: 0, end: size, size: frames }]);
}
