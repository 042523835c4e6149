/**
 * The configuration of a BERT, which NeMo keeps as transformers wrote it, in the artifact that
 * `language_model.config_file` names. (NeMo itself restores by the name of the encoder; the file
 * is enough for us.)
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { ConfigNode } from "../../formats/nemo/config-node.ts";
import { parseYaml } from "../../formats/yaml/read.ts";
import type { Activation } from "../../nn/activation.ts";
import { BERT_KINDS, type BertConfig, type BertKind } from "../../nn/bert/config.ts";
import type { Checkpoint } from "../architecture.ts";
import { readArtifact } from "../artifacts.ts";
import { count, refuse, variant } from "../config-values.ts";

/** What transformers calls the activations. */
const ACTIVATIONS: ReadonlyMap<unknown, Activation> = new Map([
  ["gelu", "gelu"],
  ["gelu_python", "gelu"],
  ["gelu_new", "gelu_tanh"],
  ["gelu_fast", "gelu_tanh"],
  ["gelu_pytorch_tanh", "gelu_tanh"],
  ["relu", "relu"],
  ["silu", "silu"],
  ["swish", "silu"],
  ["tanh", "tanh"],
]);

/** The largest published encoders have 48; a hostile file could ask for billions. */
const MAX_LAYERS = 1000;
/** DistilBERT has it in its code. */
const DISTILBERT_EPSILON = 1e-12;

/**
 * Reads the configuration of the encoder.
 * @throws ToolError UNSUPPORTED_ARCHITECTURE for another `model_type`, INVALID_CONFIG
 */
export async function readEncoderConfig(
  model: ConfigNode,
  checkpoint: Checkpoint,
): Promise<BertConfig> {
  const file = await readArtifact(checkpoint, model.get("language_model.config_file"));
  if (file === undefined) throw noEncoderConfig(model);
  // JSON is YAML too, and the reader of YAML has limits
  const document = withPlace(file.name, () => parseYaml(file.bytes));
  return parseEncoderConfig(new ConfigNode(document, "", file.name));
}

function parseEncoderConfig(encoder: ConfigNode): BertConfig {
  const type = encoder.get("model_type");
  const kind = type.isPresent ? variant(type, BERT_KINDS) : refuse(type, BERT_KINDS.join(", "));
  const positions = encoder.get("position_embedding_type");
  if (positions.isPresent && positions.value !== "absolute") refuse(positions, "absolute");
  const config = kind === "distilbert" ? parseDistilBert(encoder) : parseBert(encoder, kind);
  if (config.modelSize % config.headCount !== 0) {
    const size = encoder.get(kind === "distilbert" ? "dim" : "hidden_size");
    throw size.unexpected(`a multiple of the attention heads, ${config.headCount}`);
  }
  return config;
}

function parseBert(encoder: ConfigNode, kind: Exclude<BertKind, "distilbert">): BertConfig {
  const modelSize = count(encoder.get("hidden_size"));
  const isAlbert = kind === "albert";
  const groups = encoder.get("num_hidden_groups");
  const layerCount = layers(encoder.get("num_hidden_layers"));
  const groupCount = isAlbert ? layers(groups, 1) : 1;
  if (groupCount > layerCount) throw groups.unexpected(`at most ${layerCount}, one a layer`);
  return {
    kind,
    vocabularySize: count(encoder.get("vocab_size")),
    positionCount: count(encoder.get("max_position_embeddings")),
    typeCount: count(encoder.get("type_vocab_size")),
    modelSize,
    embeddingSize: isAlbert ? count(encoder.get("embedding_size")) : modelSize,
    layerCount,
    headCount: count(encoder.get("num_attention_heads")),
    feedForwardSize: count(encoder.get("intermediate_size")),
    activation: activationOf(encoder.get("hidden_act")),
    epsilon: epsilonOf(encoder.get("layer_norm_eps")),
    padId: encoder.get("pad_token_id").optional()?.integer({ min: 0 }) ?? 0,
    groupCount,
    groupDepth: isAlbert ? layers(encoder.get("inner_group_num"), 1) : 1,
  };
}

/** The same things by other names. */
function parseDistilBert(encoder: ConfigNode): BertConfig {
  const modelSize = count(encoder.get("dim"));
  return {
    kind: "distilbert",
    vocabularySize: count(encoder.get("vocab_size")),
    positionCount: count(encoder.get("max_position_embeddings")),
    typeCount: 0,
    modelSize,
    embeddingSize: modelSize,
    layerCount: layers(encoder.get("n_layers")),
    headCount: count(encoder.get("n_heads")),
    feedForwardSize: count(encoder.get("hidden_dim")),
    activation: activationOf(encoder.get("activation")),
    epsilon: DISTILBERT_EPSILON,
    padId: 0,
    groupCount: 1,
    groupDepth: 1,
  };
}

function layers(node: ConfigNode, fallback?: number): number {
  if (fallback !== undefined && !node.isPresent) return fallback;
  return node.integer({ min: 1, max: MAX_LAYERS });
}

function activationOf(node: ConfigNode): Activation {
  return ACTIVATIONS.get(node.string()) ?? refuse(node, [...ACTIVATIONS.keys()].join(", "));
}

function epsilonOf(node: ConfigNode): number {
  const epsilon = node.number();
  if (epsilon <= 0) throw node.unexpected("a positive number");
  return epsilon;
}

function noEncoderConfig(model: ConfigNode): ToolError {
  const name = model.get("language_model.pretrained_model_name").value;
  const isMegatron = typeof name === "string" && /megatron/i.test(name);
  const encoder = typeof name === "string" ? ` '${name.slice(0, 100)}'` : "";
  return new ToolError(
    isMegatron ? "UNSUPPORTED_ARCHITECTURE" : "INVALID_CONFIG",
    `language_model.config_file: the checkpoint has no configuration of its encoder${encoder}`,
    {
      at: model.file,
      hint: isMegatron
        ? `Megatron encoders are not supported, these are: ${BERT_KINDS.join(", ")}; or --format nemo to pass the checkpoint through`
        : "save the checkpoint again with NeMo's save_to(), which stores the encoder's config.json",
    },
  );
}
