/** Options that all language pipelines have; most are known by name only from public material. */
import { defineOptions, type OptionValues, scoped } from "../../options/option.ts";

const batching = defineOptions({
  max_batch_size: { type: "int", min: 1, doc: "Most windows in one inference" },
  opt_batch_size: { type: "int", min: 1, hidden: true, doc: "Batch size to prefer" },
  preferred_batch_size: { type: "int", min: 1, hidden: true, doc: "Batch size to prefer" },
  max_queue_delay_microseconds: {
    type: "int",
    min: 0,
    hidden: true,
    doc: "Longest wait for a fuller batch",
  },
  instance_group_count: { type: "int", min: 1, hidden: true, doc: "Instances of this model" },
});

export const languageOptions = defineOptions({
  language_code: {
    type: "string",
    default: "en-US",
    doc: "Language that requests select the pipeline by (BCP-47)",
  },
  max_batch_size: {
    type: "int",
    min: 1,
    default: 32,
    doc: "Most windows of texts in one inference",
  },
  max_seq_length: {
    type: "int",
    min: 3,
    doc: "Tokens of a window, special ones included; longer texts are cut into several windows",
  },
  "tokenizer.do_lower_case": {
    type: "bool",
    group: "tokenizer",
    doc: "Lower the text (WordPiece); read from the model",
  },
  "tokenizer.merges_file": {
    type: "path",
    group: "tokenizer",
    doc: "merges.txt of a byte-level tokenizer, which NeMo does not put into the checkpoint",
  },
  ...scoped("language_model", batching),
  instance_group_count: { type: "int", min: 1, hidden: true, doc: "Instances of each model" },
  kind: {
    type: "enum",
    values: ["KIND_AUTO", "KIND_CPU", "KIND_GPU"],
    hidden: true,
    doc: "Where the network runs",
  },
  verbose: { type: "bool", short: "v", default: false, hidden: true, doc: "More log output" },
});

/** How long texts are cut. */
export const windowOptions = defineOptions({
  window_step: { type: "int", min: 1, doc: "Tokens between the starts of two windows" },
  window_margin: {
    type: "int",
    min: 0,
    doc: "Tokens at the inner ends of a window that do not count, for want of context",
  },
});

/** Several models of one task, each for its domain. */
export const domainOptions = defineOptions({
  domain_name: {
    type: "string",
    default: "default",
    doc: "Domain of the model: the end of its name, by which requests find it",
  },
});

export type LanguageOptions = typeof languageOptions;
export type LanguageValues = OptionValues<LanguageOptions>;
