/**
 * Reflecting padding as an index computation. ONNX's Pad reflects once, which needs more audio
 * than padding; here audio of any length is reflected as often as it takes.
 */
import type { GraphBuilder } from "../../graph/builder.ts";
import { addDim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";

/** `x` [B, N] with `left` samples before and `right` behind, mirrored without the end samples. */
export function reflectSamples(g: GraphBuilder, x: Value, left: number, right: number): Value {
  const size = g.Squeeze(g.sizeOf(x, 1), [0]);
  const last = g.Sub(size, 1);
  const count = addDim(x.shape[1] ?? "?", left + right);
  const positions = g.Abs(
    g.Range(g.constant("int64", -left), g.Add(size, right), g.constant("int64", 1), count),
  );
  // there and back again; one sample alone has no way to go
  const period = g.Max(g.Mul(last, 2), 1);
  const phase = g.Sub(positions, g.Mul(g.Div(positions, period), period));
  return g.Gather(x, g.Sub(last, g.Abs(g.Sub(phase, last))), 1);
}
