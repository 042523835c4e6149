/** torch.nn.Conv1d with a bias and an odd kernel, padded so that it keeps the length. */
import type { Value } from "../graph/value.ts";
import type { Module } from "./module.ts";

export interface Conv1dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Odd. */
  readonly kernel: number;
}

/** `x` [B, inChannels, T] gives [B, outChannels, T]. */
export function conv1d(m: Module, x: Value, options: Conv1dOptions): Value {
  const { inChannels, outChannels, kernel } = options;
  const padding = (kernel - 1) / 2;
  return m.run((g) =>
    g.Conv(x, m.weight("weight", [outChannels, inChannels, kernel]), {
      bias: m.weight("bias", [outChannels]),
      pads: [padding, padding],
    }),
  );
}
