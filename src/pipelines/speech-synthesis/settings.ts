/**
 * Names of a synthesis pipeline: its components in the order of the original's log, its models in
 * the repository, and the settings that become parameters of the ensemble.
 */
import type { RmirDescription } from "../../formats/rmir/description.ts";
import { Parameters } from "../rmir-parameters.ts";

export const PIPELINE_NAME = "speech_synthesis";

export const COMPONENT = {
  preprocessor: "preprocessor",
  encoder: "encoderFastPitch",
  chunker: "chunkerFastPitch",
  vocoder: "hifigan",
  postprocessor: "postprocessor",
} as const;

/** Folder names in the repository for a voice. */
export const modelNames = (voice: string) =>
  ({
    preprocessor: `tts_preprocessor-${voice}`,
    encoder: `riva-onnx-fastpitch_encoder-${voice}`,
    chunker: `spectrogram_chunker-${voice}`,
    vocoder: `riva-onnx-hifigan-${voice}`,
    postprocessor: `tts_postprocessor-${voice}`,
    ensemble: `fastpitch_hifigan_ensemble-${voice}`,
  }) as const;

export interface PipelineSettings {
  readonly language_code: string;
  readonly voice_name: string;
  /** `name:index,name:index`; empty for a voice without names for its speakers. */
  readonly subvoices: string;
  readonly sample_rate: number;
  readonly num_speakers: number;
  /** Samples that the vocoder makes of a frame. */
  readonly num_samples_per_frame: number;
}

/** @throws ToolError INVALID_FILE */
export function parsePipelineSettings(description: RmirDescription): PipelineSettings {
  const parameters = new Parameters(description.parameters, "parameters");
  return {
    language_code: parameters.text("language_code"),
    voice_name: parameters.text("voice_name"),
    subvoices: parameters.text("subvoices"),
    sample_rate: parameters.integer("sample_rate"),
    num_speakers: parameters.integer("num_speakers"),
    num_samples_per_frame: parameters.integer("num_samples_per_frame"),
  };
}
