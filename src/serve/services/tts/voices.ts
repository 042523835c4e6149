/** The voices of a repository, as the parameters of its synthesis ensembles describe them. */
import { MAX_SAMPLE_RATE } from "../../../audio/resample.ts";
import type { Engine, ModelSummary } from "../../engine/engine.ts";
import {
  type ModelParameters,
  modelParameters,
  pipelineOf,
  positiveParameter,
  wrongParameter,
} from "../parameters.ts";

export interface Subvoice {
  readonly name: string;
  readonly speaker: number;
}

export interface VoiceModel {
  /** Name of the ensemble. */
  readonly name: string;
  readonly voiceName: string;
  readonly languageCode: string;
  readonly subvoices: readonly Subvoice[];
  readonly sampleRate: number;
  /** The network wants to know which speaker. */
  readonly takesSpeaker: boolean;
  /** All parameters of the ensemble. */
  readonly parameters: ModelParameters;
}

/** In the order of their names. @throws ToolError INVALID_CONFIG for a wrong parameter */
export function findVoices(engine: Engine): VoiceModel[] {
  return engine
    .models()
    .filter((model) => pipelineOf(model) === "speech_synthesis")
    .map(describe);
}

function describe(model: ModelSummary): VoiceModel {
  const { name, config } = model;
  const parameters = modelParameters(model);
  const fullName = parameters["voice_name"] ?? "";
  if (fullName === "") throw wrongParameter(name, "the parameter 'voice_name' is missing");
  return {
    name,
    ...nameParts(fullName, parseSubvoices(name, parameters["subvoices"] ?? "")),
    languageCode: parameters["language_code"] ?? "en-US",
    sampleRate: positiveParameter(name, parameters, "sample_rate", MAX_SAMPLE_RATE),
    takesSpeaker: config.input.some((input) => input.name === "SPEAKER"),
    parameters,
  };
}

/** Clients list voices as `voice.subvoice`: a lone voice is split so that they show its name. */
function nameParts(
  fullName: string,
  subvoices: readonly Subvoice[],
): Pick<VoiceModel, "voiceName" | "subvoices"> {
  const dot = fullName.lastIndexOf(".");
  if (subvoices.length > 0 || dot <= 0) return { voiceName: fullName, subvoices };
  const own = { name: fullName.slice(dot + 1), speaker: 0 };
  return { voiceName: fullName.slice(0, dot), subvoices: [own] };
}

function parseSubvoices(model: string, list: string): Subvoice[] {
  if (list === "") return [];
  return list.split(",").map((entry) => {
    const [, name, index] = /^([^:]+):(\d+)$/.exec(entry.trim()) ?? [];
    if (name === undefined) {
      throw wrongParameter(model, `the parameter 'subvoices' has "${entry}", expected name:index`);
    }
    return { name, speaker: Number(index) };
  });
}
