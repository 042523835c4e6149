/**
 * NeMo's TransformerDecoder as it is exported: one step of a translation. Of the ids so far only
 * the last one is computed; the states of those before come in as memory, one for the embeddings
 * and one for each layer, and go out with the new one behind.
 */
import type { Value } from "../../graph/value.ts";
import { layerNorm } from "../layer-norm.ts";
import type { Module } from "../module.ts";
import { paddingBias } from "../multi-head-attention.ts";
import type { TransformerConfig } from "./config.ts";
import { embedding } from "./embedding.ts";
import { attention, feedForward, residual } from "./layer.ts";

export interface DecoderInputs {
  /** int64 [B, T], all so far. */
  readonly ids: Value;
  /** int64 [B, T] */
  readonly mask: Value;
  /** What the encoder gave, [B, Ts, modelSize]. */
  readonly encoded: Value;
  /** int64 [B, Ts] */
  readonly encodedMask: Value;
  /** [B, {@link declaredStates}, T − 1, modelSize] */
  readonly memory: Value;
}

/** States of the memory as the graph declares it; NeMo counts a final norm even without one. */
export function declaredStates({ layerCount, finalNorm }: TransformerConfig): number {
  return layerCount + 1 + Number(finalNorm);
}

/** Gives the memory of the next step [B, states, T, modelSize]; its last state is the result. */
export function transformerDecoder(
  m: Module,
  inputs: DecoderInputs,
  config: TransformerConfig,
): Value {
  const { ids, mask, encoded, memory } = inputs;
  const last = [{ axis: 1, start: -1, size: 1 }];
  const lastId = m.run((g) => g.Slice(ids, last));
  let x = embedding(m.child("_embedding"), lastId, config, (g, table) => {
    const end = g.sizeOf(ids, 1);
    return g.Slice(table, [{ axis: 0, start: g.Sub(end, 1), end, size: 1 }]);
  });
  const decoder = m.child("_decoder");
  const biases = decoder.run((g) => ({
    self: paddingBias(g, g.Slice(mask, last)),
    encoded: paddingBias(g, inputs.encodedMask),
  }));
  const states: Value[] = [];
  const remember = (value: Value): Value => {
    const state = stateWith(decoder, memory, states.length, value);
    states.push(state);
    return state;
  };
  for (let index = 0; index < config.layerCount; index++) {
    const layer = decoder.child(`layers.${index}`);
    const past = remember(x);
    x = residual(layer, "layer_norm_1", x, config, (queries, norm) => {
      const operands = { queries, memory: norm(past), bias: biases.self };
      return attention(layer.child("first_sub_layer"), operands, config);
    });
    x = residual(layer, "layer_norm_2", x, config, (queries) => {
      const operands = { queries, memory: encoded, bias: biases.encoded };
      return attention(layer.child("second_sub_layer"), operands, config);
    });
    x = residual(layer, "layer_norm_3", x, config, (y) =>
      feedForward(layer.child("third_sub_layer"), y, config),
    );
  }
  remember(x);
  if (config.preNorm && config.finalNorm) {
    remember(layerNorm(decoder.child("final_layer_norm"), x, config.modelSize));
  }
  return decoder.run((g) =>
    g.Concat(
      states.map((state) => g.Unsqueeze(state, [1])),
      1,
    ),
  );
}

/** The state `index` of the memory with `value` [B, 1, modelSize] behind: [B, T, modelSize]. */
function stateWith(m: Module, memory: Value, index: number, value: Value): Value {
  return m.run((g) => {
    const past = g.Slice(memory, [{ axis: 1, start: index, end: index + 1, size: 1 }]);
    return g.Concat([g.Squeeze(past, [1]), value], 1);
  });
}
