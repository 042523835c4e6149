/**
 * NeMo's MaskedConv1d with the norm that may follow it: frames behind a row's length are zeroed
 * before the convolution, if masks are on, and the lengths follow the stride.
 */
import type { Value } from "../graph/value.ts";
import { foldedInto } from "./batch-norm.ts";
import { groupNorm } from "./group-norm.ts";
import type { Lengths } from "./lengths.ts";
import type { Module } from "./module.ts";

/** Features [B, C, T] and how long their rows are; no lengths: nothing needs them. */
export interface Frames {
  readonly x: Value;
  readonly lengths: Lengths | undefined;
}

export type Normalization =
  | { readonly mode: "batch" }
  /** GroupNorm; instance norm has as many groups as channels, layer norm one. */
  | { readonly mode: "group"; readonly groups: number };

export interface MaskedConv1dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly dilation?: number;
  /** Frames of zeros before and behind. */
  readonly padding?: readonly [number, number];
  readonly groups?: number;
  /** Depthwise with weights shared by the channels of a head: the weight is [heads, 1, kernel]. */
  readonly heads?: number | undefined;
  readonly useMask: boolean;
  /** The norm behind the convolution; none if it is followed by another one. */
  readonly norm?: { readonly module: Module; readonly kind: Normalization } | undefined;
}

/** The epsilon of NeMo's BatchNorm1d in this family; torch's default is another. */
const BATCH_NORM_EPSILON = 1e-3;

export function maskedConv1d(m: Module, frames: Frames, options: MaskedConv1dOptions): Frames {
  const { outChannels, kernel, stride = 1, dilation = 1, padding = [0, 0], useMask } = options;
  const { lengths } = frames;
  const x = m.run((g) => (useMask && lengths ? g.Mul(frames.x, lengths.mask(frames.x)) : frames.x));
  const extent = dilation * (kernel - 1) + 1;
  const after = lengths?.after({ extent, padding: padding[0] + padding[1], stride });
  const convolved = convolve(m, x, { ...options, stride, dilation, padding });
  const { norm } = options;
  if (norm?.kind.mode !== "group") return { x: convolved, lengths: after };
  const normed = groupNorm(norm.module, convolved, {
    groups: norm.kind.groups,
    channels: outChannels,
  });
  return { x: normed, lengths: after };
}

type ConvolveOptions = MaskedConv1dOptions & {
  readonly stride: number;
  readonly dilation: number;
  readonly padding: readonly [number, number];
};

function convolve(m: Module, x: Value, options: ConvolveOptions): Value {
  const { inChannels, outChannels, kernel, groups = 1, heads } = options;
  const group = heads ?? groups;
  const shape =
    heads === undefined ? [outChannels, inChannels / groups, kernel] : [heads, 1, kernel];
  // the wrapper that masks adds a level to the key; without masks in training it is absent
  const holder = m.has("conv.weight") || !m.has("weight") ? m.child("conv") : m;
  const attributes = {
    group,
    strides: [options.stride],
    dilations: [options.dilation],
    pads: options.padding,
  };
  return holder.run((g) => {
    if (options.norm?.kind.mode === "batch") {
      const { module } = options.norm;
      const view = holder.take("weight", shape);
      const folding = { channels: outChannels, epsilon: BATCH_NORM_EPSILON };
      const folded = foldedInto({ weight: view }, module, folding);
      const bias = module.derived("bias", folded.bias);
      return g.Conv(x, holder.derived("weight", folded.weight), { ...attributes, bias });
    }
    const weight = holder.weight("weight", shape);
    if (heads === undefined) return g.Conv(x, weight, attributes);
    const y = g.Conv(
      g.Reshape(x, [-1, heads, 0], ["?", heads, x.shape[2] ?? "?"]),
      weight,
      attributes,
    );
    return g.Reshape(y, [-1, outChannels, 0], [x.shape[0] ?? "?", outChannels, y.shape[2] ?? "?"]);
  });
}
