/**
 * Sinusoids of positions, computed in the graph: no table that limits the length of the audio,
 * and the same values. `P[p, 2i] = sin(p·wᵢ)`, `P[p, 2i+1] = cos(p·wᵢ)`, `wᵢ = 10000^(−2i/d)`.
 */
import type { GraphBuilder } from "../../graph/builder.ts";
import { addDim, multiplyDims } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import type { Module } from "../module.ts";

/** Relative positions T−1 … −(T−1) of `x` [B, T, size]: [1, 2T−1, size]. */
export function relativePositions(m: Module, x: Value, size: number): Value {
  return m.run((g) => {
    const frames = g.Squeeze(g.sizeOf(x, 1), [0]);
    const count = addDim(multiplyDims(2, x.shape[1] ?? "?"), -1);
    const start = g.Sub(frames, 1);
    const positions = g.Range(start, g.Mul(frames, -1), g.constant("int64", -1), count);
    return sinusoids(m, g, positions, size);
  });
}

/** Absolute positions 0 … T−1 of `x` [B, T, size]: [1, T, size]. */
export function absolutePositions(m: Module, x: Value, size: number): Value {
  return m.run((g) => {
    const frames = g.Squeeze(g.sizeOf(x, 1), [0]);
    const [zero, one] = [g.constant("int64", 0), g.constant("int64", 1)];
    return sinusoids(m, g, g.Range(zero, frames, one, x.shape[1] ?? "?"), size);
  });
}

function sinusoids(m: Module, g: GraphBuilder, positions: Value, size: number): Value {
  const frequencies = Float32Array.from({ length: size / 2 }, (_, i) =>
    Math.exp((-2 * i * Math.log(10000)) / size),
  );
  const w = g.weight(m.key("frequencies"), memoryView("float32", frequencies));
  const angles = g.Mul(g.Unsqueeze(g.Cast(positions, "float32"), [1]), w);
  const pairs = [g.Sin(angles), g.Cos(angles)].map((part) => g.Unsqueeze(part, [2]));
  return g.Reshape(g.Concat(pairs, 2), [1, -1, size], [1, positions.shape[0] ?? "?", size]);
}
