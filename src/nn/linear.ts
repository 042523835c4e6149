/** torch.nn.Linear: `y = x · Wᵀ + b`. */
import type { Value } from "../graph/value.ts";
import type { TensorView } from "../tensor/tensor-view.ts";
import { scaled, transposed } from "./derived-view.ts";
import type { Layer, Module } from "./module.ts";

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
  return takeLinear(m, options)(x);
}

/** The layer with its weights taken, for networks that apply it more than once. */
export function takeLinear(m: Module, options: LinearOptions): Layer {
  const { inFeatures, outFeatures, bias: hasBias = true, scale = 1 } = options;
  const times = (view: TensorView): TensorView => (scale === 1 ? view : scaled(view, scale));
  // transposed after scaling: a scaled view is contiguous, a transposed one is not
  const weight = m.weight("weight", [outFeatures, inFeatures], (view) => transposed(times(view)));
  const bias = hasBias ? m.weight("bias", [outFeatures], times) : undefined;
  return (x) =>
    m.run((g) => {
      const y = g.MatMul(x, weight);
      return bias === undefined ? y : g.Add(y, bias);
    });
}
