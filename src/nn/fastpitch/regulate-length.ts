/**
 * From tokens to frames: each token's vector is repeated for as many frames as it lasts. NeMo
 * multiplies by a matrix of zeros and ones; here each frame looks up its token.
 */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";

export interface LengthRegulator {
  /** Frames of each row: int64 [B]. */
  readonly lengths: Value;
  /** True on real frames: bool [B, F]. */
  readonly valid: Value;
  /** [B, T, …] to [B, F, …], zero behind a row's end. */
  expand(x: Value): Value;
}

/** `durations` in frames and `pace`: float32 [B, T]. The result's time axis is called `F`. */
export function regulateLength(g: GraphBuilder, durations: Value, pace: Value): LengthRegulator {
  const repetitions = g.Cast(g.Floor(g.Add(g.Div(durations, pace), 0.5)), "int64");
  const ends = g.CumSum(repetitions, 1);
  const lengths = g.ReduceSum(repetitions, { axes: [1], keepdims: false });
  // at least one, if only filling: engines have no convolution over nothing
  const longest = g.Max(g.ReduceMax(lengths, { axes: [0], keepdims: false }), 1);
  const frames = g.Range(g.constant("int64", 0), longest, g.constant("int64", 1), "F");
  const valid = g.Less(g.Unsqueeze(frames, [0]), g.Unsqueeze(lengths, [1]));
  // a frame belongs to the token behind all those that have ended by then
  const hasEnded = g.LessOrEqual(g.Unsqueeze(ends, [2]), g.Unsqueeze(frames, [0, 1]));
  const ended = g.ReduceSum(g.Cast(hasEnded, "int32"), { axes: [1], keepdims: false });
  const last = g.Sub(g.sizeOf(durations, 1), 1);
  const tokens = g.Unsqueeze(g.Min(g.Cast(ended, "int64"), last), [2]);
  const factor = g.Cast(valid, "float32");
  return {
    lengths,
    valid,
    expand: (x) => {
      const axes = x.shape.slice(2).map((_, i) => i + 2);
      return g.Mul(
        g.GatherND(x, tokens, 1),
        axes.length === 0 ? factor : g.Unsqueeze(factor, axes),
      );
    },
  };
}
