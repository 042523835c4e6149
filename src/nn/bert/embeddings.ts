/** The embeddings of a BERT: word, position and token type, summed and normalised. */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { layerNorm } from "../layer-norm.ts";
import type { Module } from "../module.ts";
import type { BertConfig } from "./config.ts";

/**
 * `ids` and `types` int64 [B, T] give [B, T, embeddingSize]. Without `types` all tokens are of
 * type 0. At most `positionCount` tokens (RoBERTa: `padId + 1` less) fit; an engine refuses more.
 */
export function bertEmbeddings(
  m: Module,
  ids: Value,
  types: Value | undefined,
  config: BertConfig,
): Value {
  const { embeddingSize, epsilon } = config;
  const table = (name: string, rows: number): Value =>
    m.weight(`${name}_embeddings.weight`, [rows, embeddingSize]);
  const sum = m.run((g) => {
    const words = g.Gather(table("word", config.vocabularySize), ids, 0);
    const positions = embedPositions(g, ids, table("position", config.positionCount), config);
    const placed = g.Add(words, positions);
    if (config.typeCount === 0) return placed;
    const typeTable = table("token_type", config.typeCount);
    const first = [{ axis: 0, start: 0, end: 1 }];
    return g.Add(
      placed,
      types === undefined ? g.Slice(typeTable, first) : g.Gather(typeTable, types, 0),
    );
  });
  return layerNorm(m.child("LayerNorm"), sum, embeddingSize, epsilon);
}

/** [T, embeddingSize], or [B, T, embeddingSize] where positions depend on the padding. */
function embedPositions(
  g: GraphBuilder,
  ids: Value,
  table: Value,
  { kind, padId }: BertConfig,
): Value {
  if (kind !== "roberta") {
    const tokenCount = g.sizeOf(ids, 1);
    return g.Slice(table, [{ axis: 0, start: 0, end: tokenCount, size: ids.shape[1] ?? "T" }]);
  }
  // RoBERTa counts from padId + 1; padding has the position padId, whatever the mask says
  const isToken = g.Cast(g.Not(g.Equal(ids, padId)), "int64");
  const positions = g.Add(g.Mul(g.CumSum(isToken, 1), isToken), padId);
  return g.Gather(table, positions, 0);
}
