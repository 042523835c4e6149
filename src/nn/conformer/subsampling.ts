/**
 * The front of a Conformer: strided convolutions over time and frequency, then a linear layer
 * to the model size. With masks (NeMo ≥ 2.5) the frames behind a row's length are zeroed before
 * every layer, which makes a row independent of the batch it is in.
 */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import type { Lengths } from "../lengths.ts";
import { layerNorm } from "../layer-norm.ts";
import { linear } from "../linear.ts";
import type { Module } from "../module.ts";
import type { ConformerConfig } from "./config.ts";

/** A sequence [B, T, C] and how long its rows are. */
export interface Sequence {
  readonly x: Value;
  readonly lengths: Lengths;
}

interface Image {
  /** [B, C, T, F] */
  readonly x: Value;
  readonly lengths: Lengths;
}

interface Conv2dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
  readonly groups?: number;
  readonly causal: boolean;
  readonly useMask: boolean;
}

export interface SubsamplingOptions {
  readonly convMask: boolean;
}

/** `sequence` [B, T, features] gives [B, T', modelSize]. */
export function convSubsampling(
  m: Module,
  { x, lengths }: Sequence,
  config: ConformerConfig,
  { convMask }: SubsamplingOptions,
): Sequence {
  const { subsamplingChannels: channels, causalSubsampling: causal } = config;
  const rounds = Math.log2(config.subsamplingFactor);
  const isDepthwise = config.subsampling === "dw_striding";
  const strided = {
    outChannels: channels,
    kernel: 3,
    stride: 2,
    causal,
    useMask: convMask,
  } as const;
  const conv = m.child("conv");
  let image: Image = { x: m.run((g) => g.Unsqueeze(x, [1])), lengths };
  image = relu(m, conv2d(conv.child(0), image, { ...strided, inChannels: 1 }), convMask);
  // positions in torch's Sequential: conv, relu; then depthwise, pointwise, relu or conv, relu
  for (let round = 1, index = 2; round < rounds; round++, index += isDepthwise ? 3 : 2) {
    const groups = isDepthwise ? channels : 1;
    image = conv2d(conv.child(index), image, { ...strided, inChannels: channels, groups });
    if (isDepthwise) {
      const pointwise = { ...strided, inChannels: channels, kernel: 1, stride: 1 } as const;
      image = conv2d(conv.child(index + 1), image, pointwise);
    }
    image = relu(m, image, convMask);
  }
  return flattened(m, convMask ? masked(m, image) : image, config.modelSize);
}

/** VGG style: two convolutions and a pooling for each halving of the frame rate. */
export function vggSubsampling(
  m: Module,
  { x, lengths }: Sequence,
  config: ConformerConfig,
  { convMask }: SubsamplingOptions,
): Sequence {
  const channels = config.subsamplingChannels;
  const conv = m.child("conv");
  const plain = {
    outChannels: channels,
    kernel: 3,
    stride: 1,
    causal: false,
    useMask: convMask,
  } as const;
  let image: Image = { x: m.run((g) => g.Unsqueeze(x, [1])), lengths };
  for (let round = 0; round < Math.log2(config.subsamplingFactor); round++) {
    const inChannels = round === 0 ? 1 : channels;
    image = relu(m, conv2d(conv.child(5 * round), image, { ...plain, inChannels }), convMask);
    image = relu(
      m,
      conv2d(conv.child(5 * round + 2), image, { ...plain, inChannels: channels }),
      convMask,
    );
    const pooling = { kernelShape: [2, 2], strides: [2, 2], ceilMode: true };
    const pooled = image;
    image = {
      x: m.run((g) => g.MaxPool(pooled.x, pooling)),
      // a last window that is half filled counts: ceil(L / 2)
      lengths: image.lengths.after({ extent: 1, padding: 0, stride: 2 }),
    };
  }
  return flattened(m, image, config.modelSize);
}

/** Stacks `subsamplingFactor` frames into one, the last filled up with zeros. */
export function stackingSubsampling(
  m: Module,
  { x, lengths }: Sequence,
  config: ConformerConfig,
): Sequence {
  const { subsamplingFactor: factor, featureCount, modelSize } = config;
  const width = factor * featureCount;
  const stacked = m.run((g) => {
    const missing = missingFrames(g, x, factor);
    const zeros = g.constant("int64", [0]);
    const pads = g.Concat([zeros, zeros, zeros, zeros, missing, zeros], 0);
    const padded = g.Pad(x, pads, { result: [x.shape[0] ?? "?", "T_padded", featureCount] });
    return g.Reshape(padded, [0, -1, width], [x.shape[0] ?? "?", `T_stacked`, width]);
  });
  const next = lengths.after({ extent: 1, padding: 0, stride: factor });
  const hasNorm = config.subsampling === "stacking_norm";
  const normed = hasNorm ? layerNorm(m.child("pre_norm"), stacked, width) : stacked;
  const out = linear(m.child("proj_out"), normed, { inFeatures: width, outFeatures: modelSize });
  return { x: out, lengths: next };
}

/** How many frames are missing to a multiple of `factor`: int64 [1]. */
function missingFrames(g: GraphBuilder, x: Value, factor: number): Value {
  const frames = g.sizeOf(x, 1);
  const rounded = g.Mul(g.Div(g.Add(frames, factor - 1), factor), factor);
  return g.Sub(rounded, frames);
}

function conv2d(m: Module, image: Image, options: Conv2dOptions): Image {
  const { inChannels, outChannels, kernel, stride, groups = 1, causal, useMask } = options;
  const { x } = useMask ? masked(m, image) : image;
  // causal: 2 before and 1 behind, in time and in frequency
  const [before, behind] = kernel === 1 ? [0, 0] : causal ? [2, 1] : [1, 1];
  return m.run((g) => {
    const weight = m.weight("weight", [outChannels, inChannels / groups, kernel, kernel]);
    const y = g.Conv(x, weight, {
      bias: m.weight("bias", [outChannels]),
      strides: [stride, stride],
      pads: [before, before, behind, behind],
      group: groups,
    });
    const arithmetic = { extent: kernel, padding: before + behind, stride };
    return { x: y, lengths: image.lengths.after(arithmetic) };
  });
}

function relu(m: Module, image: Image, useMask: boolean): Image {
  const { x } = useMask ? masked(m, image) : image;
  return { x: m.run((g) => g.Relu(x)), lengths: image.lengths };
}

function masked(m: Module, { x, lengths }: Image): Image {
  return m.run((g) => ({ x: g.Mul(x, lengths.imageMask(x)), lengths }));
}

/** [B, C, T, F] to [B, T, C·F] and on to the model size. */
function flattened(m: Module, { x, lengths }: Image, modelSize: number): Sequence {
  const [, channels, , bins] = x.shape;
  const inFeatures = Number(channels) * Number(bins);
  const rows = m.run((g) => g.Reshape(g.Transpose(x, [0, 2, 1, 3]), [0, 0, inFeatures]));
  return { x: linear(m.child("out"), rows, { inFeatures, outFeatures: modelSize }), lengths };
}
