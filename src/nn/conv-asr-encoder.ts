/** NeMo's ConvASREncoder: Jasper blocks one after the other, some with dense residuals. */
import type { Activation } from "./activation.ts";
import { jasperBlock, type JasperBlockConfig, type JasperBlockOptions } from "./jasper-block.ts";
import type { Frames } from "./masked-conv1d.ts";
import type { Module } from "./module.ts";

export interface ConvAsrEncoderConfig {
  readonly featureCount: number;
  readonly activation: Activation;
  readonly normalization: JasperBlockOptions["normalization"];
  readonly normGroups: number;
  readonly blocks: readonly JasperBlockConfig[];
}

export interface ConvAsrEncoderOptions {
  readonly convMask: boolean;
  readonly squeezeExciteMask: boolean;
}

/** `frames` [B, featureCount, T] gives [B, filters of the last block, T']. */
export function convAsrEncoder(
  m: Module,
  frames: Frames,
  config: ConvAsrEncoderConfig,
  options: ConvAsrEncoderOptions,
): Frames {
  const { activation, normalization, normGroups } = config;
  const shared = { activation, normalization, normGroups, ...options };
  const denseChannels: number[] = [];
  let panes: readonly Frames[] = [frames];
  let channels = config.featureCount;
  config.blocks.forEach((block, index) => {
    if (block.residualDense) denseChannels.push(channels);
    const paneChannels = block.residualDense ? [...denseChannels] : [channels];
    const out = jasperBlock(m.child(`encoder.${index}`), panes, {
      block,
      panes: paneChannels,
      ...shared,
    });
    panes = block.residualDense && block.residual ? [...panes, out] : [out];
    channels = block.filters;
  });
  return panes.at(-1) as Frames;
}

/** Input frames per output frame. */
export function strideOf(config: ConvAsrEncoderConfig): number {
  return config.blocks.reduce(
    (product, { stride, repeat, strideLast }) => product * stride ** (strideLast ? 1 : repeat),
    1,
  );
}
