/** Configuration and parameters of a FastConformer-CTC of about the published "large" size. */
import type { ParameterSpec } from "./random-checkpoint.ts";

export interface FastConformerSize {
  readonly layers: number;
  readonly model: number;
  readonly heads: number;
  readonly channels: number;
  readonly vocabulary: number;
}

/** FastConformer-CTC large (width 512, 8 heads, subsampling by 8) with 19 layers for its 17: 121 M parameters. */
export const LARGE: FastConformerSize = {
  layers: 17,
  model: 512,
  heads: 8,
  channels: 256,
  vocabulary: 1024,
};

export function fastConformerConfig({
  layers,
  model,
  heads,
  channels,
  vocabulary,
}: FastConformerSize): string {
  const labels = Array.from({ length: vocabulary }, (_, i) => (i % 3 === 0 ? `▁w${i}` : `t${i}`));
  return `target: nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE
nemo_version: 2.4.1
sample_rate: 16000
preprocessor:
  _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor
  sample_rate: 16000
  normalize: per_feature
  window_size: 0.025
  window_stride: 0.01
  window: hann
  features: 80
  n_fft: 512
  dither: 1.0e-05
  pad_to: 0
encoder:
  _target_: nemo.collections.asr.modules.ConformerEncoder
  feat_in: 80
  feat_out: -1
  n_layers: ${layers}
  d_model: ${model}
  use_bias: true
  subsampling: dw_striding
  subsampling_factor: 8
  subsampling_conv_channels: ${channels}
  causal_downsampling: false
  ff_expansion_factor: 4
  self_attention_model: rel_pos
  n_heads: ${heads}
  att_context_size: [-1, -1]
  att_context_style: regular
  xscaling: true
  untie_biases: true
  pos_emb_max_len: 5000
  conv_kernel_size: 9
  conv_norm_type: batch_norm
  conv_context_size: null
decoder:
  _target_: nemo.collections.asr.modules.ConvASRDecoder
  feat_in: null
  num_classes: ${vocabulary}
  vocabulary: ${JSON.stringify(labels)}
`;
}

export function fastConformerParameters(size: FastConformerSize): ParameterSpec[] {
  const { layers, model, channels, vocabulary } = size;
  const weight = (name: string, ...shape: number[]): ParameterSpec => ({
    name: `${name}.weight`,
    shape,
  });
  const bias = (name: string, length: number): ParameterSpec => ({
    name: `${name}.bias`,
    shape: [length],
    deviation: 0.02,
  });
  const linear = (name: string, output: number, input: number): ParameterSpec[] => [
    weight(name, output, input),
    bias(name, output),
  ];
  const conv = (name: string, ...shape: number[]): ParameterSpec[] => [
    weight(name, ...shape),
    bias(name, shape[0] as number),
  ];
  const norm = (name: string): ParameterSpec[] => [
    { ...bias(name, model), name: `${name}.weight`, mean: 1 },
    bias(name, model),
  ];
  const subsampling = [
    ...conv("encoder.pre_encode.conv.0", channels, 1, 3, 3),
    ...[2, 5].flatMap((i) => [
      ...conv(`encoder.pre_encode.conv.${i}`, channels, 1, 3, 3),
      ...conv(`encoder.pre_encode.conv.${i + 1}`, channels, channels, 1, 1),
    ]),
    ...linear("encoder.pre_encode.out", model, channels * 10),
  ];
  const layer = (i: number): ParameterSpec[] => {
    const at = `encoder.layers.${i}`;
    return [
      ...[
        "norm_feed_forward1",
        "norm_conv",
        "norm_self_att",
        "norm_feed_forward2",
        "norm_out",
      ].flatMap((name) => norm(`${at}.${name}`)),
      ...[1, 2].flatMap((n) => [
        ...linear(`${at}.feed_forward${n}.linear1`, 4 * model, model),
        ...linear(`${at}.feed_forward${n}.linear2`, model, 4 * model),
      ]),
      ...conv(`${at}.conv.pointwise_conv1`, 2 * model, model, 1),
      ...conv(`${at}.conv.depthwise_conv`, model, 1, 9),
      ...norm(`${at}.conv.batch_norm`),
      { name: `${at}.conv.batch_norm.running_mean`, shape: [model], deviation: 0.1 },
      { name: `${at}.conv.batch_norm.running_var`, shape: [model], deviation: 0.05, mean: 1 },
      ...conv(`${at}.conv.pointwise_conv2`, model, model, 1),
      ...["linear_q", "linear_k", "linear_v", "linear_out"].flatMap((name) =>
        linear(`${at}.self_attn.${name}`, model, model),
      ),
      weight(`${at}.self_attn.linear_pos`, model, model),
      ...["pos_bias_u", "pos_bias_v"].map((name) => ({
        name: `${at}.self_attn.${name}`,
        shape: [size.heads, model / size.heads],
      })),
    ];
  };
  return [
    ...subsampling,
    ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
    ...conv("decoder.decoder_layers.0", vocabulary + 1, model, 1),
  ];
}
