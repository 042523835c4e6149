/**
 * How many frames around a frame the samples of a HiFi-GAN depend on. With so many frames before
 * and after it, a chunk of a spectrogram gives exactly the audio that the whole would give there.
 * Layers and paddings: NeMo, tts/modules/hifigan_modules.py.
 */

export interface GeneratorShape {
  readonly upsamplings: readonly { readonly rate: number; readonly kernel: number }[];
  /** 1 has a plain convolution behind each dilated one. */
  readonly resblockKind: 1 | 2;
  readonly resblocks: readonly { readonly kernel: number; readonly dilations: readonly number[] }[];
}

export interface FrameContext {
  readonly left: number;
  readonly right: number;
}

/** Radius of the first and the last convolution, of 7 taps. */
const OUTER_RADIUS = 3;

/** From the samples of frame 0 back through the layers to the frames that they depend on. */
export function contextOf({ upsamplings, resblockKind, resblocks }: GeneratorShape): FrameContext {
  const samplesPerFrame = upsamplings.reduce((all, { rate }) => all * rate, 1);
  const radius = Math.max(0, ...resblocks.map((block) => radiusOf(block, resblockKind)));
  let first = -OUTER_RADIUS;
  let last = samplesPerFrame - 1 + OUTER_RADIUS;
  for (const { rate, kernel } of [...upsamplings].reverse()) {
    // output t of a transposed convolution has part of input i if 0 <= t + padding - i · rate < kernel
    const padding = Math.floor((kernel - rate) / 2);
    first = Math.ceil((first - radius + padding - kernel + 1) / rate);
    last = Math.floor((last + radius + padding) / rate);
  }
  return { left: OUTER_RADIUS - first, right: last + OUTER_RADIUS };
}

/** Blocks stand side by side, the convolutions within one behind each other. */
function radiusOf(
  { kernel, dilations }: GeneratorShape["resblocks"][number],
  kind: GeneratorShape["resblockKind"],
): number {
  const half = (kernel - 1) / 2;
  return dilations.reduce((sum, dilation) => sum + half * dilation + (kind === 1 ? half : 0), 0);
}
