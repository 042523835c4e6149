/**
 * The encoders of the BERT family as transformers has them: BERT, RoBERTa, DistilBERT, and ALBERT,
 * whose embeddings are narrower than its layers and whose layers share their weights.
 */
import type { Value } from "../../graph/value.ts";
import { linear } from "../linear.ts";
import type { Layer, Module } from "../module.ts";
import { paddingBias } from "../multi-head-attention.ts";
import type { BertConfig } from "./config.ts";
import { bertEmbeddings } from "./embeddings.ts";
import { takeBertLayer } from "./layer.ts";

export interface BertInputs {
  /** int64 [B, T] */
  readonly ids: Value;
  /** int64 [B, T], 1 for real tokens. */
  readonly mask: Value;
  /** int64 [B, T]; undefined where the encoder takes none. */
  readonly types: Value | undefined;
}

/** Gives the hidden states of the last layer, [B, T, modelSize]. */
export function bertEncoder(m: Module, inputs: BertInputs, config: BertConfig): Value {
  const embedded = bertEmbeddings(m.child("embeddings"), inputs.ids, inputs.types, config);
  const encoder = m.child(config.kind === "distilbert" ? "transformer" : "encoder");
  const bias = encoder.run((g) => paddingBias(g, inputs.mask));
  const input =
    config.kind === "albert"
      ? linear(encoder.child("embedding_hidden_mapping_in"), embedded, {
          inFeatures: config.embeddingSize,
          outFeatures: config.modelSize,
        })
      : embedded;
  return layersOf(encoder, config, bias).reduce((x, layer) => layer(x), input);
}

/** The layers in the order in which they are applied. */
function layersOf(encoder: Module, config: BertConfig, bias: Value): Layer[] {
  const { layerCount, groupCount, groupDepth } = config;
  if (config.kind !== "albert") {
    return range(layerCount).map((layer) =>
      takeBertLayer(encoder.child(`layer.${layer}`), config, bias),
    );
  }
  const groups = range(groupCount).map((group) =>
    range(groupDepth).map((layer) =>
      takeBertLayer(
        encoder.child(`albert_layer_groups.${group}.albert_layers.${layer}`),
        config,
        bias,
      ),
    ),
  );
  return range(layerCount).flatMap(
    (layer) => groups[Math.floor((layer * groupCount) / layerCount)] ?? [],
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
