/** Punctuation for the transcripts of speech recognition, by a deployed punctuation pipeline. */
import type { Engine } from "../../engine/engine.ts";
import { byLanguage } from "../language.ts";
import { findLanguageModels } from "./models.ts";
import { punctuate } from "./punctuate-text.ts";

export interface Punctuator {
  /** The texts with marks and capitals; undefined if no model of the language is deployed. */
  (
    texts: readonly string[],
    languageCode: string,
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined>;
}

/** Uses the first punctuation model of a language. */
export function createPunctuator(engine: Engine): Punctuator {
  const models = findLanguageModels(engine).filter(({ task }) => task === "punctuation");
  return async (texts, languageCode, signal) => {
    const [model] = byLanguage(models, languageCode);
    return model === undefined ? undefined : punctuate({ engine }, model, texts, signal);
  };
}
