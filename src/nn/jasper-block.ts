/**
 * NeMo's JasperBlock, the brick of Jasper, QuartzNet, Citrinet, MatchboxNet, MarbleNet and
 * TitaNet: repeated convolutions with norm and activation, squeeze-and-excitation, residuals.
 */
import type { Value } from "../graph/value.ts";
import { activate, type Activation } from "./activation.ts";
import { maskedConv1d, type Frames, type Normalization } from "./masked-conv1d.ts";
import type { Module } from "./module.ts";
import { squeezeExcite } from "./squeeze-excite.ts";

export const RESIDUAL_MODES = ["add", "stride_add", "max"] as const;
export type ResidualMode = (typeof RESIDUAL_MODES)[number];

export interface SqueezeExciteConfig {
  readonly reductionRatio: number;
  /** Frames that the mean is taken over, up to NeMo 1.5 and in training; -1: all. */
  readonly contextSize: number;
}

export interface JasperBlockConfig {
  readonly filters: number;
  readonly repeat: number;
  /** Odd; the kernel size factor is applied. */
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly residual: boolean;
  readonly residualMode: ResidualMode;
  /** The block's input is handed on to later blocks too. */
  readonly residualDense: boolean;
  readonly separable: boolean;
  readonly groups: number;
  readonly heads: number | undefined;
  /** Only the last of the repeats has the stride. */
  readonly strideLast: boolean;
  /** Frames of look-ahead; undefined: as many as of look-back. */
  readonly futureContext: number | undefined;
  readonly squeezeExcite: SqueezeExciteConfig | undefined;
}

export interface JasperBlockOptions {
  readonly block: JasperBlockConfig;
  /** Channels of each pane that has a residual connection; the last is the block's input. */
  readonly panes: readonly number[];
  readonly activation: Activation;
  readonly normalization: "batch" | "group" | "instance" | "layer";
  readonly normGroups: number;
  /** Zero the frames behind a row's length before each convolution. */
  readonly convMask: boolean;
  readonly squeezeExciteMask: boolean;
}

/** The block on the outputs of earlier ones; the last of `panes` is its input. */
export function jasperBlock(
  m: Module,
  panes: readonly Frames[],
  options: JasperBlockOptions,
): Frames {
  const input = panes.at(-1) as Frames;
  const { block } = options;
  const convolved = mainPath(m, input, options);
  const residuals = block.residual
    ? options.panes.map((channels, index) => {
        const pane = { x: (panes[index] as Frames).x, lengths: input.lengths };
        return residualPane(m.child(`res.${index}`), pane, channels, options);
      })
    : [];
  return m.run((g) => {
    const combine = (a: Value, b: Value): Value =>
      block.residualMode === "max" ? g.Max(a, b) : g.Add(a, b);
    const sum = residuals.reduce(combine, convolved.x);
    return { x: activate(g, sum, options.activation), lengths: convolved.lengths };
  });
}

function mainPath(m: Module, input: Frames, options: JasperBlockOptions): Frames {
  const { block } = options;
  let frames = input;
  let channels = options.panes.at(-1) as number;
  // positions in torch's Sequential count activations and dropouts too
  let index = 0;
  for (let repeat = 0; repeat < block.repeat; repeat++) {
    const isLast = repeat === block.repeat - 1;
    const stride = block.strideLast && !isLast ? 1 : block.stride;
    frames = subBlock(m, index, frames, channels, stride, options);
    index += (block.separable ? 3 : 2) + (block.groups > 1 ? 1 : 0);
    if (!isLast) {
      const { x, lengths } = frames;
      frames = { x: m.run((g) => activate(g, x, options.activation)), lengths };
      index += 2;
    }
    channels = block.filters;
  }
  if (block.squeezeExcite === undefined) return frames;
  return squeezeExcite(m.child(`mconv.${index}`), frames, {
    channels,
    reductionRatio: block.squeezeExcite.reductionRatio,
    activation: options.activation,
    useMask: options.squeezeExciteMask,
  });
}

/** One repeat up to the norm (and the shuffle of groups): depthwise and pointwise, or plain. */
function subBlock(
  m: Module,
  index: number,
  frames: Frames,
  inChannels: number,
  stride: number,
  options: JasperBlockOptions,
): Frames {
  const { block, convMask } = options;
  const { kernel, dilation, groups, filters, separable, heads } = block;
  const at = (offset: number): Module => m.child(`mconv.${index + offset}`);
  const timing = { kernel, stride, dilation, padding: paddingOf(block), useMask: convMask };
  const norm = { module: at(separable ? 2 : 1), kind: normalizationOf(options) };
  let result: Frames;
  if (separable) {
    const depthwise = { inChannels, outChannels: inChannels, groups: inChannels, heads, ...timing };
    const deep = maskedConv1d(at(0), frames, depthwise);
    const pointwise = {
      inChannels,
      outChannels: filters,
      kernel: 1,
      groups,
      useMask: convMask,
      norm,
    };
    result = maskedConv1d(at(1), deep, pointwise);
  } else {
    result = maskedConv1d(at(0), frames, {
      inChannels,
      outChannels: filters,
      groups,
      norm,
      ...timing,
    });
  }
  return groups > 1 ? { x: shuffleGroups(m, result.x, groups), lengths: result.lengths } : result;
}

function residualPane(
  m: Module,
  pane: Frames,
  inChannels: number,
  options: JasperBlockOptions,
): Value {
  const { block, convMask } = options;
  const stride = block.residualMode === "stride_add" ? block.stride : 1;
  const norm = { module: m.child(1), kind: normalizationOf(options) };
  const conv = {
    inChannels,
    outChannels: block.filters,
    kernel: 1,
    stride,
    useMask: convMask,
    norm,
  };
  return maskedConv1d(m.child(0), pane, conv).x;
}

/** Zeros before and behind; with a future context the look-ahead is fixed. */
function paddingOf({
  kernel,
  dilation,
  futureContext,
}: JasperBlockConfig): readonly [number, number] {
  const both = Math.floor((dilation * (kernel - 1)) / 2);
  if (futureContext === undefined || kernel <= futureContext) return [both, both];
  if (dilation === 1) return [kernel - 1 - futureContext, futureContext];
  return [dilation * kernel - 1 - dilation * futureContext, dilation * futureContext];
}

function normalizationOf({ normalization, normGroups, block }: JasperBlockOptions): Normalization {
  if (normalization === "batch") return { mode: "batch" };
  const groups = { group: normGroups, instance: block.filters, layer: 1 }[normalization];
  return { mode: "group", groups };
}

/** Interleaves the groups, so that the next grouped convolution sees all of them. */
function shuffleGroups(m: Module, x: Value, groups: number): Value {
  const [batch, channels, frames] = x.shape;
  return m.run((g) => {
    const split = g.Reshape(
      x,
      [0, groups, Number(channels) / groups, -1],
      [batch ?? "?", groups, Number(channels) / groups, frames ?? "?"],
    );
    return g.Reshape(g.Transpose(split, [0, 2, 1, 3]), [0, Number(channels), -1], x.shape);
  });
}
