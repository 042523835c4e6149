/** Mean and deviation of the features over the real frames of each row. */
import { ToolError } from "../../errors/tool-error.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import type { Lengths } from "../lengths.ts";
import type { FeaturizerConfig } from "./config.ts";

/** NeMo adds it to the deviation, so that a constant feature does not divide by zero. */
const DEVIATION_GUARD = 1e-5;

/** `x` [B, mels, T]. */
export function normalizeFeatures(
  g: GraphBuilder,
  x: Value,
  lengths: Lengths,
  { normalization, featureCount }: FeaturizerConfig,
): Value {
  if (normalization.kind === "none") return x;
  if (normalization.kind === "fixed") return fixed(g, x, normalization, featureCount);
  const axes = normalization.kind === "per_feature" ? [2] : [1, 2];
  const perFrame = normalization.kind === "per_feature" ? 1 : featureCount;
  return g.scope("normalize", () => {
    const mask = lengths.mask(x);
    const over = { axes, keepdims: true };
    const count = perFrame === 1 ? lengths.count() : g.Mul(lengths.count(), perFrame);
    const mean = g.Div(g.ReduceSum(g.Mul(x, mask), over), g.Max(count, 1));
    const centred = g.Sub(x, mean);
    const squares = g.Mul(g.Mul(centred, centred), mask);
    // unbiased; a single frame has no deviation
    const variance = g.Div(g.ReduceSum(squares, over), g.Max(g.Sub(count, 1), 1));
    return g.Div(centred, g.Add(g.Sqrt(variance), DEVIATION_GUARD));
  });
}

function fixed(
  g: GraphBuilder,
  x: Value,
  { mean, std }: { readonly mean: readonly number[]; readonly std: readonly number[] },
  featureCount: number,
): Value {
  if (mean.length !== featureCount || std.length !== featureCount) {
    throw new ToolError(
      "INVALID_CONFIG",
      `${mean.length} means and ${std.length} deviations for ${featureCount} features`,
      {
        at: "preprocessor.normalize",
        hint: "fixed_mean and fixed_std need one value a feature",
      },
    );
  }
  const column = (name: string, values: readonly number[]): Value =>
    g.weight(name, memoryView("float32", Float32Array.from(values), [featureCount, 1]));
  return g.scope("normalize", () =>
    g.Div(g.Sub(x, column("fixed_mean", mean)), column("fixed_std", std)),
  );
}
