/** Token and position embeddings of NeMo's Transformer, summed and normalised. */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { layerNorm } from "../layer-norm.ts";
import type { Module } from "../module.ts";
import type { TransformerConfig } from "./config.ts";

/** `placesOf` picks the rows of the position table that belong to `ids`. */
export function embedding(
  m: Module,
  ids: Value,
  config: TransformerConfig,
  placesOf: (g: GraphBuilder, table: Value) => Value,
): Value {
  const { modelSize, vocabularySize, positionCount, learnedPositions } = config;
  const tokens = m.weight("token_embedding.weight", [vocabularySize, modelSize]);
  const positions = m.weight(`position_embedding.${learnedPositions ? "weight" : "pos_enc"}`, [
    positionCount,
    modelSize,
  ]);
  const sum = m.run((g) => g.Add(g.Gather(tokens, ids, 0), placesOf(g, positions)));
  return layerNorm(m.child("layer_norm"), sum, modelSize);
}
