/** Activation functions by their names in NeMo's configurations. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/value.ts";

export const ACTIVATIONS = ["relu", "hardtanh", "selu", "swish", "silu", "gelu"] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** torch.nn.SELU's constants. */
const SELU = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

export function activate(g: GraphBuilder, x: Value, activation: Activation): Value {
  switch (activation) {
    case "relu":
      return g.Relu(x);
    case "hardtanh":
      return g.Clip(x, -1, 1);
    case "selu":
      return g.Selu(x, SELU);
    case "swish":
    case "silu":
      return g.Mul(x, g.Sigmoid(x));
    case "gelu":
      return g.Mul(g.Mul(x, 0.5), g.Add(g.Erf(g.Mul(x, Math.SQRT1_2)), 1));
  }
}
