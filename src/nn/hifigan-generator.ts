/**
 * The generator of HiFi-GAN, a log-mel spectrogram to a waveform: transposed convolutions up to
 * the sample rate, each followed by the mean of several residual blocks.
 * Source of the structure: NeMo, tts/modules/hifigan_modules.py.
 */
import type { Value } from "../graph/value.ts";
import type { Module } from "./module.ts";
import { hasNormedWeight, normedWeight } from "./weight-norm.ts";

export interface HifiGanGeneratorConfig {
  readonly melCount: number;
  /** Channels before the first upsampling; each halves them. */
  readonly initialChannels: number;
  readonly upsamplings: readonly { readonly rate: number; readonly kernel: number }[];
  /** 1: two convolutions a dilation; 2: one. */
  readonly resblock: 1 | 2;
  /** The blocks that run side by side behind each upsampling. */
  readonly resblocks: readonly { readonly kernel: number; readonly dilations: readonly number[] }[];
}

type Resblock = HifiGanGeneratorConfig["resblocks"][number];

/** Slope of the leaky ReLUs. */
const SLOPE = 0.1;
/** torch's default slope: NeMo does not pass its own to the last one. */
const LAST_SLOPE = 0.01;
const OUTER_KERNEL = 7;

/** `spec` [B, melCount, T] gives [B, 1, T · product of the rates], within -1 … 1. */
export function hifiGanGenerator(m: Module, spec: Value, config: HifiGanGeneratorConfig): Value {
  let channels = config.initialChannels;
  const outer = { kernel: OUTER_KERNEL, dilation: 1 };
  let x = conv(m.child("conv_pre"), spec, {
    ...outer,
    inChannels: config.melCount,
    outChannels: channels,
  });
  config.upsamplings.forEach((upsampling, stage) => {
    x = upsample(m.child(`ups.${stage}`), x, { ...upsampling, inChannels: channels });
    channels /= 2;
    const upsampled = x;
    const blocks = config.resblocks.map((block, index) =>
      residual(resblockAt(m, stage, index, config), upsampled, { ...block, channels }, config),
    );
    x = m.run((g) =>
      g.Div(
        blocks.reduce((sum, block) => g.Add(sum, block)),
        blocks.length,
      ),
    );
  });
  const active = m.run((g) => g.LeakyRelu(x, LAST_SLOPE));
  const wave = conv(m.child("conv_post"), active, {
    ...outer,
    inChannels: channels,
    outChannels: 1,
  });
  return m.run((g) => g.Tanh(wave));
}

interface ConvShape {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly dilation: number;
}

/** A convolution that keeps the length. */
function conv(m: Module, x: Value, options: ConvShape): Value {
  const { inChannels, outChannels, kernel, dilation } = options;
  const padding = Math.trunc((dilation * (kernel - 1)) / 2);
  return m.run((g) =>
    g.Conv(x, normedWeight(m, [outChannels, inChannels, kernel]), {
      bias: m.weight("bias", [outChannels]),
      dilations: [dilation],
      pads: [padding, padding],
    }),
  );
}

function upsample(
  m: Module,
  x: Value,
  options: { readonly inChannels: number; readonly rate: number; readonly kernel: number },
): Value {
  const { inChannels, rate, kernel } = options;
  const padding = Math.trunc((kernel - rate) / 2);
  return m.run((g) =>
    g.ConvTranspose(g.LeakyRelu(x, SLOPE), normedWeight(m, [inChannels, inChannels / 2, kernel]), {
      bias: m.weight("bias", [inChannels / 2]),
      strides: [rate],
      pads: [padding, padding],
    }),
  );
}

/** Early NeMo counted the blocks of all stages through; later ones have a list a stage. */
function resblockAt(
  m: Module,
  stage: number,
  index: number,
  { resblock, resblocks }: HifiGanGeneratorConfig,
): Module {
  const flat = m.child(`resblocks.${stage * resblocks.length + index}`);
  const first = flat.child(resblock === 1 ? "convs1.0" : "convs.0");
  return hasNormedWeight(first) ? flat : m.child(`resblocks.${stage}.${index}`);
}

function residual(
  m: Module,
  input: Value,
  { channels, kernel, dilations }: Resblock & { readonly channels: number },
  { resblock }: HifiGanGeneratorConfig,
): Value {
  const shape = { inChannels: channels, outChannels: channels, kernel };
  const activated = (place: Module, x: Value, dilation: number): Value =>
    conv(
      place,
      place.run((g) => g.LeakyRelu(x, SLOPE)),
      { ...shape, dilation },
    );
  return dilations.reduce((x, dilation, i) => {
    const change =
      resblock === 2
        ? activated(m.child(`convs.${i}`), x, dilation)
        : activated(m.child(`convs2.${i}`), activated(m.child(`convs1.${i}`), x, dilation), 1);
    return m.run((g) => g.Add(x, change));
  }, input);
}
