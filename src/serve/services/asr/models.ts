/** The recognition models of a repository, as its ensembles' parameters describe them. */
import { MAX_SAMPLE_RATE } from "../../../audio/resample.ts";
import type { Engine, ModelSummary } from "../../engine/engine.ts";
import { modelParameters, pipelineOf, positiveParameter, wrongParameter } from "../parameters.ts";

/** `online` models serve streams, `offline` ones whole recordings. */
export type RecognitionType = "online" | "offline";

export interface RecognitionModel {
  readonly name: string;
  readonly languageCode: string;
  readonly type: RecognitionType;
  readonly sampleRate: number;
  /** Samples of one request of a sequence. */
  readonly chunkSamples: number;
  /** All parameters of the ensemble. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly takesConfiguration: boolean;
}

/** Each stream holds a piece in memory; an hour of it is more than any model can take. */
const MAX_CHUNK_SECONDS = 3600;

/** In the order of their names. @throws ToolError INVALID_CONFIG for a wrong parameter */
export function findRecognitionModels(engine: Engine): RecognitionModel[] {
  return engine
    .models()
    .filter((model) => pipelineOf(model) === "speech_recognition")
    .map(describe);
}

function describe(model: ModelSummary): RecognitionModel {
  const { name, config } = model;
  const parameters = modelParameters(model);
  const type = parameters["type"];
  if (type !== "online" && type !== "offline") {
    throw wrongParameter(
      name,
      `the parameter 'type' is "${type ?? ""}", expected online or offline`,
    );
  }
  const sampleRate = positiveParameter(name, parameters, "sample_rate", MAX_SAMPLE_RATE);
  const chunkSeconds = positiveParameter(name, parameters, "chunk_size", MAX_CHUNK_SECONDS);
  const chunkSamples = Math.max(1, Math.round(chunkSeconds * sampleRate));
  return {
    name,
    languageCode: parameters["language_code"] ?? "en-US",
    type,
    sampleRate,
    chunkSamples,
    parameters,
    takesConfiguration: config.input.some((input) => input.name === "CUSTOM_CONFIGURATION"),
  };
}
