/**
 * NeMo's MultiLayerPerceptron, the head of its language models: linear layers named `layer0`,
 * `layer2`, … with an activation between (it takes the odd numbers). Source: NeMo,
 * common/parts/multi_layer_perceptron.py.
 */
import type { Value } from "../graph/value.ts";
import { activate, type Activation } from "./activation.ts";
import { linear } from "./linear.ts";
import type { Module } from "./module.ts";

export interface PerceptronConfig {
  readonly inFeatures: number;
  readonly layerCount: number;
  readonly classCount: number;
  readonly activation: Activation;
  /** Log-probabilities instead of logits. */
  readonly logSoftmax: boolean;
}

/** `x` [..., inFeatures] gives [..., classCount]. */
export function multiLayerPerceptron(m: Module, x: Value, config: PerceptronConfig): Value {
  const { inFeatures, layerCount, classCount, activation } = config;
  let y = x;
  for (let layer = 0; layer < layerCount - 1; layer++) {
    const hidden = linear(m.child(layerName(layer)), y, { inFeatures, outFeatures: inFeatures });
    y = m.run((g) => activate(g, hidden, activation));
  }
  const last = m.child(layerName(layerCount - 1));
  const logits = linear(last, y, { inFeatures, outFeatures: classCount });
  return config.logSoftmax ? m.run((g) => g.LogSoftmax(logits, -1)) : logits;
}

/** What the weights at `m` say: how many layers there are, and how many classes the last one has. */
export function perceptronSizes(m: Module): { layerCount: number; classCount: number | undefined } {
  let layerCount = 0;
  while (m.has(`${layerName(layerCount)}.weight`)) layerCount++;
  const last = m.key(`${layerName(layerCount - 1)}.weight`);
  return { layerCount, classCount: m.weights.shapeOf(last)?.[0] };
}

function layerName(layer: number): string {
  return `layer${2 * layer}`;
}
