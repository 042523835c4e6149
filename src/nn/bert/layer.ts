/**
 * One layer of a BERT: self-attention and a feed-forward network, each added to its input and
 * then normalised. The kinds of BERT differ in the names of their weights only.
 */
import type { Value } from "../../graph/value.ts";
import { activate } from "../activation.ts";
import { takeLayerNorm } from "../layer-norm.ts";
import { takeLinear, type LinearOptions } from "../linear.ts";
import type { Layer, Module } from "../module.ts";
import { attendByHeads } from "../multi-head-attention.ts";
import type { BertConfig, BertKind } from "./config.ts";

interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly feedForwardIn: string;
  readonly feedForwardOut: string;
  readonly outputNorm: string;
}

const BERT_NAMES: LayerNames = {
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  attentionOutput: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  feedForwardIn: "intermediate.dense",
  feedForwardOut: "output.dense",
  outputNorm: "output.LayerNorm",
};

const NAMES: Readonly<Record<BertKind, LayerNames>> = {
  bert: BERT_NAMES,
  roberta: BERT_NAMES,
  distilbert: {
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    attentionOutput: "attention.out_lin",
    attentionNorm: "sa_layer_norm",
    feedForwardIn: "ffn.lin1",
    feedForwardOut: "ffn.lin2",
    outputNorm: "output_layer_norm",
  },
  albert: {
    query: "attention.query",
    key: "attention.key",
    value: "attention.value",
    attentionOutput: "attention.dense",
    attentionNorm: "attention.LayerNorm",
    feedForwardIn: "ffn",
    feedForwardOut: "ffn_output",
    outputNorm: "full_layer_layer_norm",
  },
};

/** [B, T, modelSize] to the same; `bias` is added to the attention scores. */
export function takeBertLayer(m: Module, config: BertConfig, bias: Value): Layer {
  const { modelSize, headCount, feedForwardSize, activation, epsilon } = config;
  const names = NAMES[config.kind];
  const project = (name: string, scale = 1): Layer =>
    dense(name, { inFeatures: modelSize, outFeatures: modelSize, scale });
  const dense = (name: string, options: LinearOptions): Layer => takeLinear(m.child(name), options);
  const norm = (name: string): Layer => takeLayerNorm(m.child(name), modelSize, epsilon);

  const query = project(names.query, 1 / Math.sqrt(modelSize / headCount));
  const key = project(names.key);
  const value = project(names.value);
  const attentionOutput = project(names.attentionOutput);
  const attentionNorm = norm(names.attentionNorm);
  const widen = dense(names.feedForwardIn, { inFeatures: modelSize, outFeatures: feedForwardSize });
  const narrow = dense(names.feedForwardOut, {
    inFeatures: feedForwardSize,
    outFeatures: modelSize,
  });
  const outputNorm = norm(names.outputNorm);

  return (x) => {
    const operands = { queries: query(x), keys: key(x), values: value(x), bias };
    const mixed = m.run((g) => attendByHeads(g, operands, config));
    const change = attentionOutput(mixed);
    const attended = attentionNorm(m.run((g) => g.Add(x, change)));
    const wide = widen(attended);
    const active = m.run((g) => activate(g, wide, activation));
    const fed = narrow(active);
    return outputNorm(m.run((g) => g.Add(attended, fed)));
  };
}
