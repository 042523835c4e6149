/** The core of multi-head attention, without its projections: softmax(q·kᵀ + bias)·v by heads. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/value.ts";

/** Added to the scores of what must not be seen; large enough to vanish, and within half floats. */
export const BLOCKED_BIAS = -10000;

export interface AttentionOperands {
  /** [B, Tq, d], already divided by √(d / heads). */
  readonly queries: Value;
  /** [B, Tk, d] */
  readonly keys: Value;
  /** [B, Tk, d] */
  readonly values: Value;
  /** Added to the scores; broadcasts to [B, heads, Tq, Tk]. */
  readonly bias: Value;
}

/** Gives [B, Tq, d]. */
export function attendByHeads(
  g: GraphBuilder,
  { queries, keys, values, bias }: AttentionOperands,
  { modelSize, headCount }: { readonly modelSize: number; readonly headCount: number },
): Value {
  const headSize = modelSize / headCount;
  const heads = (value: Value, perm: readonly number[]): Value =>
    g.Transpose(g.Reshape(value, [0, 0, headCount, headSize]), perm);
  const scores = g.MatMul(heads(queries, [0, 2, 1, 3]), heads(keys, [0, 2, 3, 1]));
  const weights = g.Softmax(g.Add(scores, bias), -1);
  const mixed = g.MatMul(weights, heads(values, [0, 2, 1, 3]));
  return g.Reshape(g.Transpose(mixed, [0, 2, 1, 3]), [0, 0, modelSize]);
}

/** `mask` int64 [B, T], 1 for real tokens: the bias [B, 1, 1, T] that hides the others. */
export function paddingBias(g: GraphBuilder, mask: Value): Value {
  const hidden = g.Sub(1, g.Cast(mask, "float32"));
  return g.Mul(g.Unsqueeze(hidden, [1, 2]), BLOCKED_BIAS);
}
