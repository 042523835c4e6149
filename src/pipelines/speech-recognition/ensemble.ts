/** The wiring of a recognition pipeline: which tensor of which model goes where. */
import { dtypeOfDataType } from "../../repository/data-types.ts";
import { ensembleConfig, type TensorSpec } from "../../repository/make-config.ts";
import type { PlannedModel } from "../planned-model.ts";
import { PIPELINE_NAME, type PipelineSettings } from "./settings.ts";

export interface PipelineModels {
  readonly audioWindow: PlannedModel;
  readonly featurizer: PlannedModel;
  readonly acousticModel: PlannedModel;
  readonly endpointing: PlannedModel;
  readonly decoder: PlannedModel;
}

/** Names that mean the same in the model and in the ensemble. */
const same = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, name]));

export function planEnsemble(
  name: string,
  settings: PipelineSettings,
  models: PipelineModels,
): PlannedModel {
  const { audioWindow, featurizer, acousticModel, endpointing, decoder } = models;
  const transcripts = decoder.config.output.map(tensorOf);
  const config = ensembleConfig({
    name,
    // The sequence batcher takes the requests of a stream one by one.
    maxBatchSize: 1,
    inputs: [
      { name: "AUDIO_SIGNAL", dtype: "float32", dims: [-1] },
      { name: "SAMPLE_RATE", dtype: "uint32", dims: [1] },
      { name: "CUSTOM_CONFIGURATION", dtype: "string", dims: [-1, 2], optional: true },
    ],
    outputs: [...transcripts, { name: "AUDIO_PROCESSED", dtype: "float32", dims: [1] }],
    parameters: { servicemaker_pipeline: PIPELINE_NAME, ...settings },
    steps: [
      {
        model: audioWindow.config.name,
        inputs: same("AUDIO_SIGNAL", "SAMPLE_RATE"),
        outputs: same("AUDIO_WINDOW", "AUDIO_LENGTH", "FRAME_SPAN", "AUDIO_PROCESSED"),
      },
      {
        model: featurizer.config.name,
        inputs: { AUDIO_SIGNAL: "AUDIO_WINDOW", AUDIO_LENGTH: "AUDIO_LENGTH" },
        outputs: same("AUDIO_FEATURES", "FEATURES_LENGTH"),
      },
      {
        model: acousticModel.config.name,
        inputs: { audio_signal: "AUDIO_FEATURES", length: "FEATURES_LENGTH" },
        outputs: same(...acousticModel.config.output.map((output) => output.name)),
      },
      {
        model: endpointing.config.name,
        inputs: same("TOKENS", "TOKENS_LENGTH", "FRAME_SPAN", "CUSTOM_CONFIGURATION"),
        outputs: same("SEGMENTS_START_END"),
      },
      {
        model: decoder.config.name,
        inputs: same(...decoder.config.input.map((input) => input.name)),
        outputs: same(...transcripts.map((output) => output.name)),
      },
    ],
  });
  return { component: "self", config, files: {}, extracted: {} };
}

function tensorOf(output: PlannedModel["config"]["output"][number]): TensorSpec {
  return {
    name: output.name,
    dtype: dtypeOfDataType(output.dataType) ?? "string",
    dims: output.dims.map(Number),
  };
}
