/** torch.nn.BatchNorm1d at inference is a scale and an offset; it disappears into the convolution before it. */
import { foldBatchNorm } from "./derived-view.ts";
import type { Module } from "./module.ts";
import type { TensorView } from "../tensor/tensor-view.ts";

export interface FoldOptions {
  readonly channels: number;
  readonly epsilon: number;
}

/** Takes the norm's weights and folds them into a convolution's. */
export function foldedInto(
  conv: { readonly weight: TensorView; readonly bias?: TensorView | undefined },
  norm: Module,
  { channels, epsilon }: FoldOptions,
): { weight: TensorView; bias: TensorView } {
  return foldBatchNorm(conv.weight, conv.bias, {
    weight: norm.take("weight", [channels]),
    bias: norm.take("bias", [channels]),
    mean: norm.take("running_mean", [channels]),
    variance: norm.take("running_var", [channels]),
    epsilon,
  });
}
