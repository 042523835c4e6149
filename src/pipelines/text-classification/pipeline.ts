/** The text classification pipeline: one label for a whole text. */
import { defineOptions } from "../../options/option.ts";
import { defineLanguagePipeline } from "../language/define-language-pipeline.ts";
import { labelFile } from "../language/label-file.ts";
import { findLabels } from "../language/labels.ts";
import { stepName, withDomain } from "../language/names.ts";
import { domainOptions, languageOptions, windowOptions } from "../language/options.ts";
import { windowParameters } from "../language/windows.ts";
import type { Notice } from "../plan.ts";

const LABEL_FILE = "class_labels.txt";
const LABEL_PLACE = "class_labels.class_labels_file";

const options = defineOptions({
  name: {
    type: "string",
    doc: "Name of the pipeline; default: riva_text_classification_ and the domain",
  },
  ...domainOptions,
  ...languageOptions,
  ...windowOptions,
});

export const textClassification = defineLanguagePipeline({
  name: "text_classification",
  summary: "A class for each text, such as its topic or domain.",
  classes: ["TextClassificationModel"],
  options,
  examples: [
    [
      "riva-build text_classification --domain_name=domain domain.rmir model.riva",
      "served as riva_text_classification_domain, which chooses the domain of intents",
    ],
  ],
  outputs: ["CLASS_LABELS", "CLASS_SCORES", "WORDS", "NEXT_CURSOR"],
  modelName: (values) => values.name ?? withDomain("riva_text_classification", values.domain_name),
  readTask: async (model, values) => {
    const { archive, config, tokenizer } = model;
    const found = await findLabels(archive, config, { config: [], file: LABEL_PLACE });
    // NeMo trains without a file of labels too, and then answers with numbers
    const count = found === undefined ? config.get("dataset.num_classes").positiveInteger() : 0;
    const labels = found ?? Array.from({ length: count }, (_, number) => String(number));
    const names = { domain: values.domain_name, language: values.language_code };
    const notice: Notice = {
      level: "WARNING",
      text: `the archive has no labels (${LABEL_PLACE}): classes are named 0 to ${count - 1}`,
    };
    return {
      steps: [
        {
          component: "tokenizer",
          modelName: stepName("text_classification_tokenizer", names),
          step: "text-tokenizer",
          parameters: { ...windowParameters(model, values), keep_empty_words: false },
          files: tokenizer.files,
        },
        {
          component: "label_text",
          modelName: stepName("text_classification_label_text", names),
          step: "label-text",
          parameters: { class_labels_file: LABEL_FILE },
          files: { class_labels_file: labelFile(LABEL_FILE, labels) },
        },
      ],
      reductions: [{ kind: "probabilities", logits: "logits", name: "CLASS_PROBABILITIES" }],
      labels: { logits: labels },
      parameters: { domain: values.domain_name },
      notices: found === undefined ? [notice] : [],
    };
  },
});
