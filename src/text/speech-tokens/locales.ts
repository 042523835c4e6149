/** Punctuation of NeMo's IPA tokenizer by locale (`ipa_lexicon.py` of NeMo 2.4). */
import { ToolError } from "../../errors/tool-error.ts";
import { DEFAULT_PUNCTUATION } from "./vocabulary.ts";

const GUILLEMETS = "«»‹›";

const EXTRA_PUNCTUATION: Readonly<Record<string, readonly string[]>> = {
  "en-US": [],
  "de-DE": Array.from(`${GUILLEMETS}„“‚‘‒–—`),
  "es-ES": Array.from(`${GUILLEMETS}¿¡`),
};

/** @throws ToolError UNSUPPORTED for a locale whose punctuation is not known. */
export function punctuationOf(locale: string): string[] {
  const extra = Object.hasOwn(EXTRA_PUNCTUATION, locale) ? EXTRA_PUNCTUATION[locale] : undefined;
  if (extra !== undefined) return [...DEFAULT_PUNCTUATION, ...extra];
  throw new ToolError("UNSUPPORTED", `text_tokenizer.locale: no support for '${locale}'`, {
    at: "model_config.yaml",
    hint: `supported locales: ${Object.keys(EXTRA_PUNCTUATION).join(", ")}`,
  });
}
