/** NeMo's TransformerEncoder: token ids of a text to hidden states. */
import type { Value } from "../../graph/value.ts";
import { layerNorm } from "../layer-norm.ts";
import type { Module } from "../module.ts";
import { paddingBias } from "../multi-head-attention.ts";
import type { TransformerConfig } from "./config.ts";
import { embedding } from "./embedding.ts";
import { attention, feedForward, residual } from "./layer.ts";

/** `ids` and `mask` int64 [B, T] give [B, T, modelSize]. */
export function transformerEncoder(
  m: Module,
  ids: Value,
  mask: Value,
  config: TransformerConfig,
): Value {
  let x = embedding(m.child("_embedding"), ids, config, (g, table) => {
    const size = ids.shape[1] ?? "T";
    return g.Slice(table, [{ axis: 0, start: 0, end: g.sizeOf(ids, 1), size }]);
  });
  const encoder = m.child("_encoder");
  const bias = encoder.run((g) => paddingBias(g, mask));
  for (let index = 0; index < config.layerCount; index++) {
    const layer = encoder.child(`layers.${index}`);
    x = residual(layer, "layer_norm_1", x, config, (queries) =>
      attention(layer.child("first_sub_layer"), { queries, memory: queries, bias }, config),
    );
    x = residual(layer, "layer_norm_2", x, config, (y) =>
      feedForward(layer.child("second_sub_layer"), y, config),
    );
  }
  if (!config.preNorm || !config.finalNorm) return x;
  return layerNorm(encoder.child("final_layer_norm"), x, config.modelSize);
}
