/** torch.nn.LayerNorm over the last axis. */
import type { Value } from "../graph/value.ts";
import type { Layer, Module } from "./module.ts";

/** torch's default. */
export const NORM_EPSILON = 1e-5;

export function layerNorm(m: Module, x: Value, size: number, epsilon = NORM_EPSILON): Value {
  return takeLayerNorm(m, size, epsilon)(x);
}

/** The layer with its weights taken, for networks that apply it more than once. */
export function takeLayerNorm(m: Module, size: number, epsilon = NORM_EPSILON): Layer {
  const weight = m.weight("weight", [size]);
  const bias = m.weight("bias", [size]);
  return (x) => m.run((g) => g.LayerNormalization(x, weight, bias, epsilon));
}
