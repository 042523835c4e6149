/** torch.nn.LayerNorm over the last axis. */
import type { Value } from "../graph/value.ts";
import type { Module } from "./module.ts";

/** torch's default. */
export const NORM_EPSILON = 1e-5;

export function layerNorm(m: Module, x: Value, size: number, epsilon = NORM_EPSILON): Value {
  return m.run((g) =>
    g.LayerNormalization(x, m.weight("weight", [size]), m.weight("bias", [size]), epsilon),
  );
}
