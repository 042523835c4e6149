/**
 * The wiring of a synthesis pipeline: which tensor of which model goes where. Tensor names are those
 * of the original's ensemble; what it lacks for streaming by requests is in upper case too.
 */
import { ensembleConfig } from "../../repository/make-config.ts";
import type { PlannedModel } from "../planned-model.ts";
import { modelNames, PIPELINE_NAME, type PipelineSettings } from "./settings.ts";

export interface PipelineModels {
  readonly preprocessor: PlannedModel;
  readonly encoder: PlannedModel;
  readonly chunker: PlannedModel;
  readonly vocoder: PlannedModel;
  readonly postprocessor: PlannedModel;
}

export function planEnsemble(
  settings: PipelineSettings,
  models: PipelineModels,
  takesSpeaker: boolean,
): PlannedModel {
  const config = ensembleConfig({
    name: modelNames(settings.voice_name).ensemble,
    // The sequence batcher takes the requests of a stream one by one.
    maxBatchSize: 1,
    inputs: [
      { name: "INPUT", dtype: "string", dims: [1] },
      { name: "SENTENCE", dtype: "int32", dims: [1] },
      ...(takesSpeaker ? [{ name: "SPEAKER", dtype: "int64", dims: [1] } as const] : []),
      { name: "CUSTOM_DICTIONARY", dtype: "string", dims: [1], optional: true },
      { name: "CHUNK_LENGTH", dtype: "int32", dims: [1], optional: true },
    ],
    outputs: [
      { name: "OUTPUT", dtype: "float32", dims: [-1] },
      { name: "END_FLAG", dtype: "int32", dims: [1] },
      { name: "NEXT_SENTENCE", dtype: "int32", dims: [1] },
      { name: "OUT_SENTENCE_NUM", dtype: "int32", dims: [1] },
      { name: "OUT_DURATIONS", dtype: "float32", dims: [-1] },
      { name: "OUT_PROCESSED_TEXT", dtype: "string", dims: [1] },
    ],
    parameters: { servicemaker_pipeline: PIPELINE_NAME, ...settings },
    steps: [
      {
        model: models.preprocessor.config.name,
        inputs: {
          input_string: "INPUT",
          sentence: "SENTENCE",
          custom_dictionary: "CUSTOM_DICTIONARY",
        },
        outputs: {
          output: "input_encoder",
          output_length: "NUM_TOKENS",
          output_string: "PROCESSED_TEXT",
          is_last_sentence: "chunker_is_last_sentence",
          sentence_num: "SENTENCE_NUM",
          pitch: "input_encoder_pitch",
          duration: "input_encoder_dur",
          volume: "input_volume",
          pause: "PAUSE",
        },
      },
      {
        model: models.encoder.config.name,
        inputs: {
          text: "input_encoder",
          pitch: "input_encoder_pitch",
          pace: "input_encoder_dur",
          volume: "input_volume",
          ...(takesSpeaker ? { speaker: "SPEAKER" } : {}),
        },
        outputs: {
          spect: "output_encoder",
          num_frames: "num_valid_frames_encoder",
          durs_predicted: "durs_predicted",
          volume_aligned: "volume_out",
        },
      },
      {
        model: models.chunker.config.name,
        inputs: {
          SPECTROGRAM: "output_encoder",
          NUM_VALID_FRAMES_IN: "num_valid_frames_encoder",
          NUM_TOKENS: "NUM_TOKENS",
          IS_LAST_SENTENCE: "chunker_is_last_sentence",
          SENTENCE_NUM: "SENTENCE_NUM",
          DURATIONS: "durs_predicted",
          PROCESSED_TEXT: "PROCESSED_TEXT",
          VOLUME: "volume_out",
          PAUSE: "PAUSE",
          CHUNK_LENGTH: "CHUNK_LENGTH",
        },
        outputs: {
          SPECTROGRAM_CHUNK: "spectrogram_chunk",
          END_FLAG: "END_FLAG",
          NEXT_SENTENCE: "NEXT_SENTENCE",
          NUM_VALID_SAMPLES_OUT: "num_valid_samples",
          JOIN: "JOIN",
          SENTENCE_NUM: "OUT_SENTENCE_NUM",
          DURATIONS: "OUT_DURATIONS",
          PROCESSED_TEXT: "OUT_PROCESSED_TEXT",
          VOLUME: "OUT_VOLUME",
        },
      },
      {
        model: models.vocoder.config.name,
        inputs: { spec: "spectrogram_chunk" },
        outputs: { audio: "audio_chunk" },
      },
      {
        model: models.postprocessor.config.name,
        inputs: {
          INPUT: "audio_chunk",
          NUM_VALID_SAMPLES: "num_valid_samples",
          JOIN: "JOIN",
          Prosody_volume: "OUT_VOLUME",
        },
        outputs: { OUTPUT: "OUTPUT" },
      },
    ],
  });
  return { component: "self", config, files: {}, extracted: {} };
}
