/** torch.nn.Linear: `y = x · Wᵀ + b`. */
import type { Value } from "../graph/value.ts";
import { scaled, transposed } from "./derived-view.ts";
import type { Module } from "./module.ts";

export interface LinearOptions {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Default: true. */
  readonly bias?: boolean;
  /** A constant factor of the result, multiplied into the weights. */
  readonly scale?: number;
}

/** `x` [..., inFeatures] gives [..., outFeatures]. */
export function linear(m: Module, x: Value, options: LinearOptions): Value {
  const { inFeatures, outFeatures, bias = true, scale = 1 } = options;
  return m.run((g) => {
    const times = (view: Parameters<typeof scaled>[0]) =>
      scale === 1 ? view : scaled(view, scale);
    // transposed after scaling: a scaled view is contiguous, a transposed one is not
    const weight = m.weight("weight", [outFeatures, inFeatures], (view) => transposed(times(view)));
    const y = g.MatMul(x, weight);
    return bias ? g.Add(y, m.weight("bias", [outFeatures], times)) : y;
  });
}
