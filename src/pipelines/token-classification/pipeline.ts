/** The token classification pipeline: named entities of a text. */
import { defineOptions } from "../../options/option.ts";
import { defineLanguagePipeline } from "../language/define-language-pipeline.ts";
import { labelFile } from "../language/label-file.ts";
import { readLabels } from "../language/labels.ts";
import { stepName, withOptionalDomain } from "../language/names.ts";
import { domainOptions, languageOptions, windowOptions } from "../language/options.ts";
import { windowParameters } from "../language/windows.ts";

const LABEL_FILE = "token_labels.txt";

const options = defineOptions({
  name: {
    type: "string",
    doc: "Name of the pipeline; default: riva_ner, and the domain if one is given",
  },
  ...domainOptions,
  ...languageOptions,
  ...windowOptions,
});

export const tokenClassification = defineLanguagePipeline({
  name: "token_classification",
  summary: "Labels for the words of a text, such as names of people and places.",
  classes: ["TokenClassificationModel"],
  options,
  examples: [
    ["riva-build token_classification ner.rmir model.riva", "served as riva_ner"],
    [
      "riva-build token_classification --domain_name=medicine ner.rmir model.riva",
      "served as riva_ner_medicine",
    ],
  ],
  outputs: [
    "ENTITY_TEXTS",
    "ENTITY_LABELS",
    "ENTITY_SCORES",
    "ENTITY_SPANS",
    "WORDS",
    "WORD_SPANS",
    "WORD_LABELS",
    "WORD_SCORES",
    "NEXT_CURSOR",
  ],
  modelName: (values) => values.name ?? withOptionalDomain("riva_ner", values.domain_name),
  readTask: async (model, values) => {
    const { archive, config, tokenizer } = model;
    const labels = await readLabels(archive, config, {
      config: ["label_ids"],
      file: "class_labels.class_labels_file",
    });
    const outside = config.get("dataset.pad_label").optional()?.string() ?? "O";
    const names = {
      ...(values.domain_name === "default" ? {} : { domain: values.domain_name }),
      language: values.language_code,
    };
    return {
      steps: [
        {
          component: "tokenizer",
          modelName: stepName("token_classification_tokenizer", names),
          step: "text-tokenizer",
          parameters: {
            ...windowParameters(model, values),
            lower_case_words: tokenizer.isUncased,
          },
          files: tokenizer.files,
        },
        {
          component: "label_tokens",
          modelName: stepName("token_classification_label_tokens", names),
          step: "label-tokens",
          parameters: { outside_label: outside, token_labels_file: LABEL_FILE },
          files: { token_labels_file: labelFile(LABEL_FILE, labels) },
        },
        {
          component: "detokenizer",
          modelName: "token_classification_detokenizer",
          step: "detokenizer",
          parameters: {},
          files: {},
        },
      ],
      reductions: [{ kind: "labels", logits: "logits" }],
      labels: { logits: labels },
      parameters: { domain: values.domain_name },
    };
  },
});
