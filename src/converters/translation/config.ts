/**
 * `encoder`, `decoder` and `head` of an MTEncDecModel. Source of the keys and defaults: NeMo 1.23,
 * nlp/modules/common/transformer.
 */
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import type { TransformerConfig } from "../../nn/translation/config.ts";
import { count, flag, refuse, variant } from "../config-values.ts";

/** The vocabularies are in the weights; NeMo rounds their sizes up. */
export type TransformerSection = Omit<TransformerConfig, "vocabularySize">;

export interface TranslationConfig {
  readonly encoder: TransformerSection;
  readonly decoder: TransformerSection;
  readonly head: {
    readonly activation: "relu" | "tanh" | "sigmoid";
    readonly logSoftmax: boolean;
  };
}

/** The largest published models have 24; a hostile file could ask for billions. */
const MAX_LAYERS = 1000;

export function parseTranslationConfig(model: ConfigNode): TranslationConfig {
  const encoder = parseSection(model.get("encoder"));
  const decoder = parseSection(model.get("decoder"));
  if (encoder.modelSize !== decoder.modelSize) {
    const size = model.get("decoder.hidden_size");
    throw size.unexpected(`the size of the encoder, ${encoder.modelSize}`);
  }
  return {
    encoder,
    decoder,
    head: {
      activation: variant(model.get("head.activation"), ["relu", "tanh", "sigmoid"], "relu"),
      logSoftmax: flag(model.get("head.log_softmax"), true),
    },
  };
}

function parseSection(section: ConfigNode): TransformerSection {
  variant(section.get("library"), ["nemo"], "nemo");
  if (flag(section.get("mask_future"), false)) refuse(section.get("mask_future"), "false");
  const modelSize = count(section.get("hidden_size"));
  const headCount = count(section.get("num_attention_heads"));
  if (modelSize % headCount !== 0) {
    throw section.get("hidden_size").unexpected(`a multiple of the attention heads, ${headCount}`);
  }
  return {
    positionCount: count(section.get("max_sequence_length"), 512),
    learnedPositions: flag(section.get("learn_positional_encodings"), false),
    modelSize,
    layerCount: section.get("num_layers").integer({ min: 1, max: MAX_LAYERS }),
    headCount,
    feedForwardSize: count(section.get("inner_size")),
    activation: variant(section.get("hidden_act"), ["relu", "gelu"], "relu"),
    preNorm: flag(section.get("pre_ln"), false),
    finalNorm: flag(section.get("pre_ln_final_layer_norm"), true),
  };
}
