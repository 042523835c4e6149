/**
 * The parts of a layer of NeMo's Transformer, encoder or decoder. Source: NeMo 1.23,
 * nlp/modules/common/transformer.
 */
import type { Value } from "../../graph/value.ts";
import { activate } from "../activation.ts";
import { takeLayerNorm } from "../layer-norm.ts";
import { linear } from "../linear.ts";
import type { Layer, Module } from "../module.ts";
import { attendByHeads } from "../multi-head-attention.ts";
import type { TransformerConfig } from "./config.ts";

export interface AttentionInputs {
  readonly queries: Value;
  /** What is attended to: gives keys and values. */
  readonly memory: Value;
  readonly bias: Value;
}

/** [B, Tq, modelSize] */
export function attention(m: Module, inputs: AttentionInputs, config: TransformerConfig): Value {
  const { modelSize, headCount } = config;
  const square = { inFeatures: modelSize, outFeatures: modelSize };
  const scale = 1 / Math.sqrt(modelSize / headCount);
  const operands = {
    queries: linear(m.child("query_net"), inputs.queries, { ...square, scale }),
    keys: linear(m.child("key_net"), inputs.memory, square),
    values: linear(m.child("value_net"), inputs.memory, square),
    bias: inputs.bias,
  };
  const mixed = m.run((g) => attendByHeads(g, operands, config));
  return linear(m.child("out_projection"), mixed, square);
}

export function feedForward(m: Module, x: Value, config: TransformerConfig): Value {
  const { modelSize, feedForwardSize, activation } = config;
  const wide = linear(m.child("dense_in"), x, {
    inFeatures: modelSize,
    outFeatures: feedForwardSize,
  });
  const active = m.run((g) => activate(g, wide, activation));
  const back = { inFeatures: feedForwardSize, outFeatures: modelSize };
  return linear(m.child("dense_out"), active, back);
}

/**
 * Adds what `part` makes of `x`, with the layer norm called `normName` before or behind. `part`
 * gets the norm too, for what else it attends to.
 */
export function residual(
  m: Module,
  normName: string,
  x: Value,
  config: TransformerConfig,
  part: (x: Value, norm: Layer) => Value,
): Value {
  const norm = takeLayerNorm(m.child(normName), config.modelSize);
  const unchanged: Layer = (value) => value;
  const before = config.preNorm ? norm : unchanged;
  const change = part(before(x), before);
  const sum = m.run((g) => g.Add(x, change));
  return config.preNorm ? sum : norm(sum);
}
