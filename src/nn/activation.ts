/** Activation functions by their names in NeMo's configurations and in torch. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/value.ts";

export const ACTIVATIONS = ["relu", "hardtanh", "selu", "swish", "silu", "gelu"] as const;
/** `gelu_tanh` is the approximation that transformers calls `gelu_new`. */
export type Activation = (typeof ACTIVATIONS)[number] | "gelu_tanh" | "sigmoid" | "tanh";

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
    case "sigmoid":
      return g.Sigmoid(x);
    case "tanh":
      return g.Tanh(x);
    case "gelu_tanh": {
      // x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 x³)))
      const cubic = g.Mul(x, g.Add(g.Mul(g.Mul(x, x), 0.044715), 1));
      return g.Mul(g.Mul(x, 0.5), g.Add(g.Tanh(g.Mul(cubic, Math.sqrt(2 / Math.PI))), 1));
    }
    case "gelu":
      return g.Mul(g.Mul(x, 0.5), g.Add(g.Erf(g.Mul(x, Math.SQRT1_2)), 1));
  }
}
