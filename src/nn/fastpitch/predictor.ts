/** NeMo's TemporalPredictor: one number a token, such as a log-duration or a pitch. */
import type { Value } from "../../graph/value.ts";
import { conv1d } from "../conv1d.ts";
import { layerNorm } from "../layer-norm.ts";
import { linear } from "../linear.ts";
import type { Module } from "../module.ts";
import type { PredictorConfig } from "./config.ts";
import type { RowMask } from "./transformer.ts";

export interface PredictorInputs {
  /** [B, T, d] */
  readonly encoded: Value;
  readonly mask: RowMask;
  readonly modelSize: number;
  /** [B, 1, d] */
  readonly speaker: Value | undefined;
}

/** Gives [B, T], zero where the mask is. */
export function temporalPredictor(
  m: Module,
  { encoded, mask, modelSize, speaker }: PredictorInputs,
  { layerCount, filterSize, kernel, isConditioned }: PredictorConfig,
): Value {
  let x = m.run((g) => {
    const own = isConditioned && speaker !== undefined ? g.Add(encoded, speaker) : encoded;
    return g.Mul(own, mask.factor);
  });
  for (let layer = 0; layer < layerCount; layer++) {
    const place = m.child(`layers.${layer}`);
    const channels = place.run((g) => {
      const turned = g.Transpose(x, [0, 2, 1]);
      return layer === 0 ? turned : mask.beforeConv(turned);
    });
    const inChannels = layer === 0 ? modelSize : filterSize;
    const options = { inChannels, outChannels: filterSize, kernel };
    const convolved = conv1d(place.child("conv"), channels, options);
    const active = place.run((g) => g.Transpose(g.Relu(convolved), [0, 2, 1]));
    x = layerNorm(place.child("norm"), active, filterSize);
  }
  const inFeatures = layerCount === 0 ? modelSize : filterSize;
  const y = linear(m.child("fc"), x, { inFeatures, outFeatures: 1 });
  return m.run((g) => g.Squeeze(g.Mul(y, mask.factor), [2]));
}
