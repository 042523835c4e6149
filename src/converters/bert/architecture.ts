import { defineArchitecture } from "../architecture.ts";
import { buildBert, type LanguageModelConfig } from "./build.ts";
import { readEncoderConfig } from "./encoder-config.ts";
import { BERT_CLASSES, readHeads } from "./heads.ts";

/** Language models: an encoder of the BERT family with one or two heads. */
export const bert = defineArchitecture({
  name: "bert",
  doc: "BERT, DistilBERT, RoBERTa, ALBERT: punctuation, intents and slots, tokens, texts, questions",
  targets: BERT_CLASSES,
  matches: () => true,
  parseConfig: async (config, checkpoint): Promise<LanguageModelConfig> => ({
    encoder: await readEncoderConfig(config, checkpoint),
    heads: await readHeads(config, checkpoint),
  }),
  build: buildBert,
  ignoredWeights: () => [
    /^bert_model\.pooler\./,
    // buffers of older versions of transformers
    /^bert_model\.embeddings\.(position_ids|token_type_ids)$/,
  ],
});
