/** The three graphs of a translation model: encoder, one step of the decoder, log-probabilities. */
import { ToolError } from "../../errors/tool-error.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { Module } from "../../nn/module.ts";
import { multiLayerPerceptron, perceptronSizes } from "../../nn/multi-layer-perceptron.ts";
import type { TransformerConfig } from "../../nn/translation/config.ts";
import { declaredStates, transformerDecoder } from "../../nn/translation/decoder.ts";
import { transformerEncoder } from "../../nn/translation/encoder.ts";
import type { Weights } from "../../nn/weights.ts";
import type { BuiltModel, ConvertOptions, NamedGraph } from "../architecture.ts";
import type { TransformerSection, TranslationConfig } from "./config.ts";

export function buildTranslation(
  weights: Weights,
  config: TranslationConfig,
  options: ConvertOptions,
): BuiltModel {
  const graphs = [
    part("encoder", weights, options, (m) => addEncoder(m, sized(m, config.encoder))),
    part("decoder", weights, options, (m) => addDecoder(m, sized(m, config.decoder))),
    part("log_softmax", weights, options, (m) => addHead(m, config)),
  ];
  return { graphs, properties: {} };
}

/** One graph; it is called after the part of the model whose weights it has. */
function part(
  name: string,
  weights: Weights,
  { opset }: ConvertOptions,
  fill: (m: Module) => void,
): NamedGraph {
  const g = new GraphBuilder({ name, ...(opset === undefined ? {} : { opset }) });
  fill(new Module(g, weights, name));
  return { artifactName: `${name}_model_graph.onnx`, graph: g.build() };
}

function addEncoder(m: Module, config: TransformerConfig): void {
  const ids = m.g.input("input_ids", "int64", ["B", "T"]);
  const mask = m.g.input("encoder_mask", "int64", ["B", "T"]);
  m.g.output("last_hidden_states", transformerEncoder(m, ids, mask, config));
}

function addDecoder(m: Module, config: TransformerConfig): void {
  const { g } = m;
  const { modelSize } = config;
  const states = transformerDecoder(
    m,
    {
      ids: g.input("input_ids", "int64", ["B", "T"]),
      mask: g.input("decoder_mask", "int64", ["B", "T"]),
      encoded: g.input("encoder_embeddings", "float32", ["B", "S", modelSize]),
      encodedMask: g.input("encoder_mask", "int64", ["B", "S"]),
      memory: g.input("decoder_mems", "float32", ["B", declaredStates(config), "T-1", modelSize]),
    },
    config,
  );
  g.output("last_hidden_states", states);
}

function addHead(m: Module, { decoder, head }: TranslationConfig): void {
  const hidden = m.g.input("hidden_states", "float32", ["B", "T", decoder.modelSize]);
  const mlp = m.child("mlp");
  const { layerCount, classCount } = perceptronSizes(mlp);
  const decoderRows = vocabularySize(m.weights, "decoder");
  if (classCount === undefined || classCount !== decoderRows) {
    throw new ToolError(
      "INVALID_CONFIG",
      `the head has ${classCount ?? "no"} tokens, the decoder's embedding ${decoderRows}`,
      {
        at: mlp.path,
        hint: "the checkpoint is damaged, or put together from parts of different models",
      },
    );
  }
  const config = { inFeatures: decoder.modelSize, layerCount, classCount, ...head };
  m.g.output(head.logSoftmax ? "log_probs" : "logits", multiLayerPerceptron(mlp, hidden, config));
}

function sized(m: Module, section: TransformerSection): TransformerConfig {
  return { ...section, vocabularySize: vocabularySize(m.weights, m.path) };
}

/** Rows of the embedding; if there is none, taking it will say so. */
function vocabularySize(weights: Weights, path: string): number {
  return weights.shapeOf(`${path}._embedding.token_embedding.weight`)?.[0] ?? 0;
}
