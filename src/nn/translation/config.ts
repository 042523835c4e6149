/** Sizes of one half, encoder or decoder, of NeMo's Transformer for translation. */
import type { Activation } from "../activation.ts";

export interface TransformerConfig {
  readonly vocabularySize: number;
  /** `max_sequence_length` */
  readonly positionCount: number;
  /** Positions are weights; else a stored table of sines. */
  readonly learnedPositions: boolean;
  readonly modelSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  readonly feedForwardSize: number;
  readonly activation: Activation;
  /** Normalise the input of each part of a layer, not its result. */
  readonly preNorm: boolean;
  /** `pre_ln_final_layer_norm`: with `preNorm`, normalise the result of the last layer. */
  readonly finalNorm: boolean;
}
