/** The language models of a repository, as their ensembles' parameters describe them. */
import type { Engine, ModelSummary } from "../../engine/engine.ts";
import { DEFAULT_LANGUAGE } from "../language.ts";
import { modelParameters, type ModelParameters, pipelineOf } from "../parameters.ts";

/** Names of pipelines, which are what a model is for. */
export const LANGUAGE_TASKS = [
  "qa",
  "token_classification",
  "intent_slot",
  "text_classification",
  "punctuation",
] as const;
export type LanguageTask = (typeof LANGUAGE_TASKS)[number];

export interface LanguageModel {
  readonly name: string;
  readonly task: LanguageTask;
  readonly languageCode: string;
  /** Empty for tasks without domains. */
  readonly domain: string;
  /** All parameters of the ensemble. */
  readonly parameters: ModelParameters;
}

/** In the order of their names. */
export function findLanguageModels(engine: Engine): LanguageModel[] {
  return engine.models().flatMap(describe);
}

function describe(model: ModelSummary): LanguageModel[] {
  const task = LANGUAGE_TASKS.find((candidate) => candidate === pipelineOf(model));
  if (task === undefined) return [];
  const parameters = modelParameters(model);
  const languageCode = parameters["language_code"] ?? DEFAULT_LANGUAGE;
  return [{ name: model.name, task, languageCode, domain: parameters["domain"] ?? "", parameters }];
}
