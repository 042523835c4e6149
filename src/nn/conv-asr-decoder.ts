/** NeMo's ConvASRDecoder, the CTC head: a pointwise convolution and a log-softmax. */
import type { Value } from "../graph/value.ts";
import type { Module } from "./module.ts";

export interface ConvAsrDecoderOptions {
  readonly inChannels: number;
  /** Tokens and the blank, which is last. */
  readonly classCount: number;
}

/** `x` [B, C, T] gives log-probabilities [B, T, classes]. */
export function convAsrDecoder(m: Module, x: Value, options: ConvAsrDecoderOptions): Value {
  const { inChannels, classCount } = options;
  const layer = m.child("decoder_layers.0");
  return m.run((g) => {
    const logits = layer.run(() => {
      const weight = layer.weight("weight", [classCount, inChannels, 1]);
      return g.Conv(x, weight, { bias: layer.weight("bias", [classCount]) });
    });
    return g.LogSoftmax(g.Transpose(logits, [0, 2, 1]), -1);
  });
}
