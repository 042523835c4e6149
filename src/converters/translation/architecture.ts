import { defineArchitecture } from "../architecture.ts";
import { buildTranslation } from "./build.ts";
import { parseTranslationConfig } from "./config.ts";

/** NeMo's own Transformer for translation. */
export const translation = defineArchitecture({
  name: "translation",
  doc: "Transformer for translation: encoder, decoder step by step, log-probabilities",
  targets: ["MTEncDecModel"],
  matches: () => true,
  parseConfig: parseTranslationConfig,
  build: buildTranslation,
  // NeMo never passes token types to it
  ignoredWeights: () => [/^(en|de)coder\._embedding\.token_type_embedding\./],
});
