/** The convolution module: pointwise, gated, depthwise over time, norm, swish, pointwise. */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { foldedInto } from "../batch-norm.ts";
import { groupNorm } from "../group-norm.ts";
import { layerNorm, NORM_EPSILON } from "../layer-norm.ts";
import type { Lengths } from "../lengths.ts";
import type { Module } from "../module.ts";
import type { ConformerConfig } from "./config.ts";

/** `x` [B, T, d] gives [B, T, d]; frames behind a row's length do not reach the others. */
export function convolutionModule(
  m: Module,
  x: Value,
  lengths: Lengths,
  config: ConformerConfig,
): Value {
  const { modelSize } = config;
  const gated = m.run((g) => {
    const channels = pointwise(
      m.child("pointwise_conv1"),
      g.Transpose(x, [0, 2, 1]),
      2 * modelSize,
      config,
    );
    const [value, gate] = g.Split(channels, [modelSize, modelSize], 1) as [Value, Value];
    const product = g.Mul(value, g.Sigmoid(gate));
    return g.Mul(product, lengths.mask(product));
  });
  const normed = depthwise(m, gated, config);
  const active = m.run((g) => g.Mul(normed, g.Sigmoid(normed)));
  const mixed = pointwise(m.child("pointwise_conv2"), active, modelSize, config);
  return m.run((g) => g.Transpose(mixed, [0, 2, 1]));
}

function pointwise(m: Module, x: Value, outChannels: number, config: ConformerConfig): Value {
  return m.run((g) => {
    const weight = m.weight("weight", [outChannels, config.modelSize, 1]);
    return g.Conv(x, weight, { bias: config.bias ? m.weight("bias", [outChannels]) : undefined });
  });
}

/** The depthwise convolution with its norm, which NeMo calls `batch_norm` whatever it is. */
function depthwise(m: Module, x: Value, config: ConformerConfig): Value {
  const { modelSize, convolutionKernel, convolutionContext, convolutionNorm, bias } = config;
  const conv = m.child("depthwise_conv");
  const norm = m.child("batch_norm");
  const options = { group: modelSize, pads: convolutionContext };
  const shape = [modelSize, 1, convolutionKernel];
  if (convolutionNorm.mode === "batch_norm") {
    const own = {
      weight: conv.take("weight", shape),
      bias: bias ? conv.take("bias", [modelSize]) : undefined,
    };
    const folded = foldedInto(own, norm, { channels: modelSize, epsilon: NORM_EPSILON });
    return conv.run((g) => {
      const foldedBias = (bias ? conv : norm).derived("bias", folded.bias);
      return g.Conv(x, conv.derived("weight", folded.weight), { ...options, bias: foldedBias });
    });
  }
  const y = conv.run((g) =>
    g.Conv(x, conv.weight("weight", shape), {
      ...options,
      bias: bias ? conv.weight("bias", [modelSize]) : undefined,
    }),
  );
  if (convolutionNorm.mode === "layer_norm") return layerNormOfChannels(m.g, norm, y, modelSize);
  const groups = convolutionNorm.mode === "group_norm" ? convolutionNorm.groups : modelSize;
  return groupNorm(norm, y, { groups, channels: modelSize });
}

function layerNormOfChannels(g: GraphBuilder, norm: Module, x: Value, size: number): Value {
  return norm.run(() => {
    const normed = layerNorm(norm, g.Transpose(x, [0, 2, 1]), size);
    return g.Transpose(normed, [0, 2, 1]);
  });
}
