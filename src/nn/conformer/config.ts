/** What determines the graph of NeMo's ConformerEncoder. */

export const SUBSAMPLINGS = [
  "striding",
  "dw_striding",
  "stacking",
  "stacking_norm",
  "vggnet",
] as const;
export type Subsampling = (typeof SUBSAMPLINGS)[number];

export const ATTENTIONS = ["rel_pos", "rel_pos_local_attn", "abs_pos"] as const;
export type Attention = (typeof ATTENTIONS)[number];

/** Which other frames a frame may attend to, in frames of the encoder; -1: without limit. */
export interface AttentionContext {
  readonly style: "regular" | "chunked_limited";
  readonly left: number;
  readonly right: number;
}

export type ConvolutionNorm =
  | { readonly mode: "batch_norm" | "layer_norm" | "instance_norm" }
  | { readonly mode: "group_norm"; readonly groups: number };

export interface ConformerConfig {
  readonly featureCount: number;
  readonly layerCount: number;
  readonly modelSize: number;
  /** Channels of the output if they differ from the model size. */
  readonly outputSize: number | undefined;
  readonly subsampling: Subsampling;
  readonly subsamplingFactor: number;
  readonly subsamplingChannels: number;
  /** Convolutions of the subsampling see no frames to come. */
  readonly causalSubsampling: boolean;
  readonly feedForwardSize: number;
  readonly attention: Attention;
  readonly headCount: number;
  readonly context: AttentionContext;
  /** Multiply the input of the layers by √modelSize. */
  readonly inputScaling: boolean;
  readonly convolutionKernel: number;
  readonly convolutionNorm: ConvolutionNorm;
  /** Frames before and behind that a convolution module sees. */
  readonly convolutionContext: readonly [number, number];
  /** Linear and convolution layers have biases. */
  readonly bias: boolean;
}
