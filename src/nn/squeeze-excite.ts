/**
 * NeMo's SqueezeExcite: channels are weighed by a small network over their mean in time. With
 * lengths the mean is over real frames and the others become zero, also for what follows
 * (NeMo ≥ 1.6); without, it is over all frames (NeMo ≤ 1.5).
 */
import { activate, type Activation } from "./activation.ts";
import { transposed } from "./derived-view.ts";
import type { Frames } from "./masked-conv1d.ts";
import type { Module } from "./module.ts";

export interface SqueezeExciteOptions {
  readonly channels: number;
  readonly reductionRatio: number;
  readonly activation: Activation;
  readonly useMask: boolean;
}

export function squeezeExcite(
  m: Module,
  { x, lengths }: Frames,
  options: SqueezeExciteOptions,
): Frames {
  const { channels, reductionRatio, activation } = options;
  const reduced = Math.floor(channels / reductionRatio);
  return m.run((g) => {
    const masked = options.useMask && lengths !== undefined ? g.Mul(x, lengths.mask(x)) : x;
    const overTime = { axes: [2], keepdims: true };
    const mean =
      options.useMask && lengths !== undefined
        ? g.Div(g.ReduceSum(masked, overTime), lengths.count())
        : g.ReduceMean(masked, overTime);
    const rows = g.Transpose(mean, [0, 2, 1]);
    const squeezed = g.MatMul(rows, m.weight("fc.0.weight", [reduced, channels], transposed));
    const hidden = activate(g, squeezed, activation);
    const excited = g.MatMul(hidden, m.weight("fc.2.weight", [channels, reduced], transposed));
    const gate = g.Sigmoid(g.Transpose(excited, [0, 2, 1]));
    return { x: g.Mul(masked, gate), lengths };
  });
}
