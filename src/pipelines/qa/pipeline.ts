/** The question answering pipeline: the part of a passage that answers a question. */
import { ToolError } from "../../errors/tool-error.ts";
import { defineOptions } from "../../options/option.ts";
import { defineLanguagePipeline } from "../language/define-language-pipeline.ts";
import { networkBatch } from "../language/components.ts";
import { stepName } from "../language/names.ts";
import { languageOptions } from "../language/options.ts";
import { checkLength } from "../language/windows.ts";

const DEFAULT_NAME = "riva_qa";
/** NeMo's, for archives that do not say. */
const DEFAULTS = {
  max_seq_length: 384,
  doc_stride: 128,
  max_query_length: 64,
  max_answer_length: 30,
  n_best_size: 20,
};

const options = defineOptions({
  name: { type: "string", default: DEFAULT_NAME, doc: "Name of the pipeline" },
  ...languageOptions,
  doc_stride: {
    type: "int",
    min: 1,
    doc: "Tokens between the starts of two windows of the passage",
  },
  max_query_length: { type: "int", min: 1, doc: "Most tokens of a question" },
  max_answer_length: { type: "int", min: 1, doc: "Most tokens of an answer" },
  n_best_size: { type: "int", min: 1, max: 1000, doc: "Starts, ends and answers to consider" },
  version_2_with_negative: { type: "bool", doc: "There may be no answer; read from the model" },
  null_score_diff_threshold: {
    type: "float",
    doc: "How much better no answer must score than the best one",
  },
});

export const qa = defineLanguagePipeline({
  name: "qa",
  summary: "Answers to questions, found in a given text.",
  classes: ["QAModel", "BERTQAModel"],
  options,
  examples: [["riva-build qa qa.rmir model.riva", "served as riva_qa"]],
  outputs: [
    "ANSWERS",
    "ANSWER_SCORES",
    "CANDIDATES",
    "CANDIDATE_LOGITS",
    "MISSING_LOGITS",
    "NEXT_CURSOR",
  ],
  modelName: ({ name }) => name,
  readTask: async (model, values) => {
    const { config, tokenizer } = model;
    const dataset = config.get("dataset");
    const number = (name: keyof typeof DEFAULTS): number =>
      values[name] ?? dataset.get(name).integer({ min: 1 }, DEFAULTS[name]);
    const length = checkLength(model, number("max_seq_length"));
    const question = number("max_query_length");
    if (question > length - 4) {
      throw new ToolError("USAGE", `questions of ${question} tokens leave no room in ${length}`, {
        hint: "lower --max_query_length or raise --max_seq_length",
      });
    }
    const ranking = {
      n_best_size: Math.min(number("n_best_size"), length),
      version_2_with_negative:
        values.version_2_with_negative ?? dataset.get("version_2_with_negative").boolean(false),
      null_score_diff_threshold:
        values.null_score_diff_threshold ?? dataset.get("null_score_diff_threshold").number(0),
    };
    const language = values.language_code;
    const domain = values.name === DEFAULT_NAME ? {} : { domain: values.name };
    const log = config.get("token_classifier.log_softmax").boolean(false);
    const logits = log ? "log_probs" : "logits";
    return {
      steps: [
        {
          component: "tokenizer",
          modelName: stepName("qa_tokenizer", { ...domain, language }),
          step: "qa-tokenizer",
          parameters: {
            ...tokenizer.parameters,
            max_seq_length: length,
            max_query_length: question,
            doc_stride: number("doc_stride"),
            max_windows: networkBatch(values),
          },
          files: tokenizer.files,
        },
        {
          component: "postprocessor",
          modelName: stepName("qa_qa_postprocessor", { ...domain, language }),
          step: "qa-postprocessor",
          parameters: {
            ...ranking,
            max_answer_length: number("max_answer_length"),
            do_lower_case: dataset.get("do_lower_case").boolean(true),
          },
          files: {},
        },
      ],
      reductions: [{ kind: "answers", logits, count: ranking.n_best_size }],
      labels: {},
      parameters: ranking,
    };
  },
});
