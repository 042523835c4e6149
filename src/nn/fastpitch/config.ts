/** The sizes of a FastPitch network. */

/** A stack of feed-forward transformer blocks: attention, then two convolutions. */
export interface FftConfig {
  readonly layerCount: number;
  readonly headCount: number;
  readonly headSize: number;
  readonly modelSize: number;
  /** Channels between the two convolutions. */
  readonly innerSize: number;
  readonly kernel: number;
  /** The speaker's vector is added to the input. */
  readonly isConditioned: boolean;
}

/** Predicts one number a token. */
export interface PredictorConfig {
  readonly layerCount: number;
  readonly filterSize: number;
  readonly kernel: number;
  readonly isConditioned: boolean;
}

export interface FastPitchConfig {
  /** Tokens that the model knows. */
  readonly tokenCount: number;
  /** The token that fills shorter rows. */
  readonly padToken: number;
  /** 1: a model of one voice, without a speaker input. */
  readonly speakerCount: number;
  readonly melCount: number;
  readonly encoder: FftConfig;
  readonly decoder: FftConfig;
  readonly durationPredictor: PredictorConfig;
  readonly pitchPredictor: PredictorConfig;
  readonly pitchKernel: number;
  readonly energy: { readonly predictor: PredictorConfig; readonly kernel: number } | undefined;
  /** In frames. */
  readonly minTokenDuration: number;
  readonly maxTokenDuration: number;
}
