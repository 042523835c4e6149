/** NeMo's ConformerEncoder (and with `dw_striding` FastConformer): features to encoded frames. */
import type { Value } from "../../graph/value.ts";
import { layerNorm } from "../layer-norm.ts";
import type { Lengths } from "../lengths.ts";
import { linear } from "../linear.ts";
import type { Module } from "../module.ts";
import { selfAttention, type AttentionInputs } from "./attention.ts";
import { blockedPairs } from "./attention-mask.ts";
import type { ConformerConfig } from "./config.ts";
import { convolutionModule } from "./convolution.ts";
import { absolutePositions, relativePositions } from "./positions.ts";
import {
  convSubsampling,
  stackingSubsampling,
  vggSubsampling,
  type Sequence,
  type SubsamplingOptions,
} from "./subsampling.ts";

/** `features` [B, F, T] gives [B, T', C]. */
export function conformerEncoder(
  m: Module,
  features: Value,
  lengths: Lengths,
  config: ConformerConfig,
  options: SubsamplingOptions,
): Sequence {
  const frames = m.run((g) => g.Transpose(features, [0, 2, 1]));
  const encoded = subsample(m.child("pre_encode"), { x: frames, lengths }, config, options);
  const scale = config.inputScaling ? Math.sqrt(config.modelSize) : 1;
  let x = scale === 1 ? encoded.x : m.run((g) => g.Mul(encoded.x, scale));
  let positions: Value | undefined;
  const place = m.child("pos_enc");
  if (config.attention === "abs_pos") {
    const absolute = absolutePositions(place, x, config.modelSize);
    const input = x;
    x = m.run((g) => g.Add(input, absolute));
  } else {
    positions = relativePositions(place, x, config.modelSize);
  }
  const inputs = { positions, blocked: blockedPairs(m.g, x, encoded.lengths, config.context) };
  for (let layer = 0; layer < config.layerCount; layer++) {
    x = conformerLayer(m.child(`layers.${layer}`), { x, lengths: encoded.lengths }, config, inputs);
  }
  if (config.outputSize !== undefined) {
    x = linear(m.child("out_proj"), x, {
      inFeatures: config.modelSize,
      outFeatures: config.outputSize,
    });
  }
  return { x, lengths: encoded.lengths };
}

function subsample(
  m: Module,
  sequence: Sequence,
  config: ConformerConfig,
  options: SubsamplingOptions,
): Sequence {
  switch (config.subsampling) {
    case "striding":
    case "dw_striding":
      return convSubsampling(m, sequence, config, options);
    case "vggnet":
      return vggSubsampling(m, sequence, config, options);
    case "stacking":
    case "stacking_norm":
      return stackingSubsampling(m, sequence, config);
  }
}

function conformerLayer(
  m: Module,
  { x, lengths }: Sequence,
  config: ConformerConfig,
  inputs: AttentionInputs,
): Value {
  const { modelSize } = config;
  const normed = (name: string, value: Value): Value => layerNorm(m.child(name), value, modelSize);
  const add = (value: Value, change: Value): Value => m.run((g) => g.Add(value, change));
  let y = add(x, feedForward(m.child("feed_forward1"), normed("norm_feed_forward1", x), config));
  y = add(y, selfAttention(m.child("self_attn"), normed("norm_self_att", y), config, inputs));
  y = add(y, convolutionModule(m.child("conv"), normed("norm_conv", y), lengths, config));
  y = add(y, feedForward(m.child("feed_forward2"), normed("norm_feed_forward2", y), config));
  return normed("norm_out", y);
}

/** Half of the feed-forward network's result, as the macaron form wants it. */
function feedForward(
  m: Module,
  x: Value,
  { modelSize, feedForwardSize, bias }: ConformerConfig,
): Value {
  const hidden = linear(m.child("linear1"), x, {
    inFeatures: modelSize,
    outFeatures: feedForwardSize,
    bias,
  });
  const active = m.run((g) => g.Mul(hidden, g.Sigmoid(hidden)));
  const back = { inFeatures: feedForwardSize, outFeatures: modelSize, bias, scale: 0.5 };
  return linear(m.child("linear2"), active, back);
}
