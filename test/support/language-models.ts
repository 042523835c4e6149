/** The demonstration language models and how the tests build them. */
import path from "node:path";
import { projectRoot } from "./paths.ts";

export type LanguageModelName = "punctuation" | "ner" | "intent_slot" | "question_type" | "qa";

export function languageModel(name: LanguageModelName): string {
  return path.join(projectRoot, `examples/models/${name}_minilm_en.nemo`);
}

export interface LanguageModelBuild {
  readonly pipeline: string;
  readonly model: LanguageModelName;
  readonly words: readonly string[];
}

export const LANGUAGE_BUILDS: readonly LanguageModelBuild[] = [
  { pipeline: "punctuation", model: "punctuation", words: [] },
  { pipeline: "token_classification", model: "ner", words: [] },
  { pipeline: "intent_slot", model: "intent_slot", words: ["--domain_name=assistant"] },
  { pipeline: "text_classification", model: "question_type", words: ["--domain_name=question"] },
  { pipeline: "qa", model: "qa", words: [] },
];
