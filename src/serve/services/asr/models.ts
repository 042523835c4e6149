/** The recognition models of a repository, as its ensembles' parameters describe them. */
import { MAX_SAMPLE_RATE } from "../../../audio/resample.ts";
import { ToolError } from "../../../errors/tool-error.ts";
import type { Engine, ModelSummary } from "../../engine/engine.ts";

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
    .filter(({ config }) => parameter(config, "servicemaker_pipeline") === "speech_recognition")
    .map(describe);
}

function describe({ name, config }: ModelSummary): RecognitionModel {
  const parameters = Object.fromEntries(
    Object.entries(config.parameters).map(([key, value]) => [key, value.stringValue]),
  );
  const type = parameters["type"];
  if (type !== "online" && type !== "offline") {
    throw wrong(name, `the parameter 'type' is "${type ?? ""}", expected online or offline`);
  }
  const sampleRate = positive(name, parameters, "sample_rate", MAX_SAMPLE_RATE);
  const chunkSeconds = positive(name, parameters, "chunk_size", MAX_CHUNK_SECONDS);
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

function parameter(config: ModelSummary["config"], name: string): string | undefined {
  return config.parameters[name]?.stringValue;
}

function positive(
  model: string,
  parameters: Readonly<Record<string, string>>,
  name: string,
  most: number,
): number {
  const value = Number(parameters[name] ?? "");
  if (value > 0 && value <= most) return value;
  throw wrong(
    model,
    `the parameter '${name}' is "${parameters[name] ?? ""}", expected a number up to ${most}`,
  );
}

function wrong(model: string, message: string): ToolError {
  return new ToolError("INVALID_CONFIG", message, {
    at: [model, "config.pbtxt"],
    hint: "deploy the pipeline again with riva-deploy",
  });
}
