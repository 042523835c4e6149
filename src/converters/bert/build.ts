/** The graph of a BERT with heads: token ids to logits. */
import { ToolError } from "../../errors/tool-error.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { takesTokenTypes, type BertConfig } from "../../nn/bert/config.ts";
import { bertEncoder } from "../../nn/bert/encoder.ts";
import { Module } from "../../nn/module.ts";
import { multiLayerPerceptron, perceptronSizes } from "../../nn/multi-layer-perceptron.ts";
import type { Weights } from "../../nn/weights.ts";
import type { BuiltModel, ConvertOptions } from "../architecture.ts";
import type { Claim, HeadConfig } from "./heads.ts";

export interface LanguageModelConfig {
  readonly encoder: BertConfig;
  readonly heads: readonly HeadConfig[];
}

/** Inputs have the names of what they mean; some versions of NeMo exchanged mask and types. */
export function buildBert(
  weights: Weights,
  { encoder, heads }: LanguageModelConfig,
  options: ConvertOptions,
): BuiltModel {
  const g = new GraphBuilder({
    name: "bert",
    ...(options.opset === undefined ? {} : { opset: options.opset }),
  });
  const root = new Module(g, weights);
  const input = (name: string): Value => g.input(name, "int64", ["B", "T"]);
  const ids = input("input_ids");
  const mask = input("attention_mask");
  const types = takesTokenTypes(encoder.kind) ? input("token_type_ids") : undefined;
  const hidden = bertEncoder(root.child("bert_model"), { ids, mask, types }, encoder);
  for (const head of heads) addHead(root.child(head.path), hidden, head, encoder.modelSize);
  return {
    graphs: [{ artifactName: "model_graph.onnx", graph: g.build() }],
    properties: {},
  };
}

function addHead(m: Module, hidden: Value, head: HeadConfig, inFeatures: number): void {
  const { layerCount, classCount } = perceptronSizes(m);
  if (classCount === undefined) throw noHead(m);
  for (const claim of head.layerClaims) compare(claim, layerCount, "layers");
  for (const claim of head.classClaims) compare(claim, classCount, "classes");
  const x = head.input === "tokens" ? hidden : firstToken(m, hidden);
  const { activation, logSoftmax } = head;
  const y = multiLayerPerceptron(m, x, {
    inFeatures,
    layerCount,
    classCount,
    activation,
    logSoftmax,
  });
  m.g.output(head.output, head.isRegression ? m.run((g) => g.Squeeze(y, [-1])) : y);
}

/** [B, T, C] to [B, C]. */
function firstToken(m: Module, hidden: Value): Value {
  return m.run((g) => g.Squeeze(g.Slice(hidden, [{ axis: 1, start: 0, end: 1, size: 1 }]), [1]));
}

function compare({ path, count }: Claim, actual: number, what: string): void {
  if (count === actual) return;
  throw new ToolError(
    "INVALID_CONFIG",
    `${path}: ${count} ${what}, but the head's weights have ${actual}`,
    {
      at: "model_config.yaml",
      hint: "weights and configuration are of different models, or the labels were changed after training",
    },
  );
}

function noHead(m: Module): ToolError {
  return new ToolError("INVALID_CONFIG", "the weights of the model's head are missing", {
    at: m.key("layer0.weight"),
    hint: "the checkpoint is of another class than its configuration says, or it holds an encoder only",
  });
}
