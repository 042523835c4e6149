/**
 * FastPitch at inference: tokens to a log-mel spectrogram, with predicted durations and pitch.
 * Source: NeMo, tts/modules/fastpitch.py.
 */
import type { Value } from "../../graph/value.ts";
import { conv1d, type Conv1dOptions } from "../conv1d.ts";
import { linear } from "../linear.ts";
import type { Module } from "../module.ts";
import type { FastPitchConfig } from "./config.ts";
import { temporalPredictor } from "./predictor.ts";
import { regulateLength } from "./regulate-length.ts";
import { fftTransformer, rowMask } from "./transformer.ts";

/** All [B, T] but the speaker. */
export interface FastPitchInputs {
  /** int64 */
  readonly text: Value;
  /** Added to the predicted pitch. */
  readonly pitch: Value;
  /** More than 1 is faster. */
  readonly pace: Value;
  /** Only passed on, stretched to frames. */
  readonly volume: Value | undefined;
  /** int64 [B]; undefined for a model of one voice. */
  readonly speaker: Value | undefined;
}

export interface FastPitchOutputs {
  /** [B, mels, F] */
  readonly spect: Value;
  /** int64 [B] */
  readonly frameCounts: Value;
  /** [B, T] in frames, before they are divided by the pace and rounded */
  readonly durations: Value;
  readonly logDurations: Value;
  readonly pitch: Value;
  /** [B, F] */
  readonly volume: Value | undefined;
}

export interface FastPitchOptions {
  /** See {@link rowMask}. */
  readonly convMask: boolean;
}

export function fastPitch(
  m: Module,
  inputs: FastPitchInputs,
  config: FastPitchConfig,
  { convMask }: FastPitchOptions,
): FastPitchOutputs {
  const { modelSize } = config.encoder;
  const speaker = speakerVector(m.child("speaker_emb"), inputs.speaker, config);
  const mask = m.run((g) => rowMask(g, g.Not(g.Equal(inputs.text, config.padToken)), convMask));
  const embedded = embedTokens(m.child("encoder.word_emb"), inputs.text, config);
  const encoded = fftTransformer(m.child("encoder"), embedded, mask, config.encoder, speaker);
  const predict = (name: string, x: Value, predictor: typeof config.pitchPredictor): Value =>
    temporalPredictor(m.child(name), { encoded: x, mask, modelSize, speaker }, predictor);

  const logDurations = predict("duration_predictor", encoded, config.durationPredictor);
  const durations = m.run((g) => {
    const spoken = g.Sub(g.Exp(logDurations), 1);
    const limited = g.Clip(spoken, config.minTokenDuration, config.maxTokenDuration);
    return g.Mul(limited, g.Squeeze(mask.factor, [2]));
  });
  const predictedPitch = predict("pitch_predictor", encoded, config.pitchPredictor);
  const pitch = m.run((g) => g.Add(predictedPitch, inputs.pitch));
  const embed = (name: string, x: Value, values: Value, kernel: number): Value =>
    addEmbedding(
      m.child(name),
      x,
      m.run((g) => mask.beforeConv(g.Unsqueeze(values, [1]))),
      {
        inChannels: 1,
        outChannels: modelSize,
        kernel,
      },
    );
  let x = embed("pitch_emb", encoded, pitch, config.pitchKernel);
  if (config.energy !== undefined) {
    const energy = predict("energy_predictor", x, config.energy.predictor);
    x = embed("energy_emb", x, energy, config.energy.kernel);
  }

  const regulator = m.run((g) => regulateLength(g, durations, inputs.pace));
  const frames = m.run(() => regulator.expand(x));
  const frameMask = m.run((g) => rowMask(g, regulator.valid, convMask));
  const decoded = fftTransformer(m.child("decoder"), frames, frameMask, config.decoder, speaker);
  const mels = linear(m.child("proj"), decoded, {
    inFeatures: config.decoder.modelSize,
    outFeatures: config.melCount,
  });
  const { volume } = inputs;
  return {
    spect: m.run((g) => g.Transpose(mels, [0, 2, 1])),
    frameCounts: regulator.lengths,
    durations,
    logDurations,
    pitch,
    volume: volume === undefined ? undefined : m.run(() => regulator.expand(volume)),
  };
}

function embedTokens(m: Module, text: Value, { tokenCount, encoder }: FastPitchConfig): Value {
  return m.run((g) => g.Gather(m.weight("weight", [tokenCount, encoder.modelSize]), text, 0));
}

/** [B, 1, d], or undefined for a model of one voice. */
function speakerVector(
  m: Module,
  speaker: Value | undefined,
  { speakerCount, encoder }: FastPitchConfig,
): Value | undefined {
  if (speaker === undefined) return undefined;
  return m.run((g) => {
    const table = m.weight("weight", [speakerCount, encoder.modelSize]);
    return g.Unsqueeze(g.Gather(table, speaker, 0), [1]);
  });
}

/** `x` [B, T, d] plus a convolution of one number a token, [B, 1, T]. */
function addEmbedding(m: Module, x: Value, values: Value, options: Conv1dOptions): Value {
  const embedded = conv1d(m, values, options);
  return m.run((g) => g.Add(x, g.Transpose(embedded, [0, 2, 1])));
}
