/** The intent and slot pipeline: what a query wants, and the words that say of what. */
import { defineOptions } from "../../options/option.ts";
import { defineLanguagePipeline } from "../language/define-language-pipeline.ts";
import { labelFile } from "../language/label-file.ts";
import { readLabels } from "../language/labels.ts";
import { stepName, withDomain } from "../language/names.ts";
import { domainOptions, languageOptions, windowOptions } from "../language/options.ts";
import { windowParameters } from "../language/windows.ts";

const INTENT_FILE = "intent_labels.txt";
const SLOT_FILE = "slot_labels.txt";

const options = defineOptions({
  name: { type: "string", doc: "Name of the pipeline; default: riva_intent_ and the domain" },
  ...domainOptions,
  ...languageOptions,
  ...windowOptions,
});

export const intentSlot = defineLanguagePipeline({
  name: "intent_slot",
  summary: "The intent of a query and the slots of its words.",
  classes: ["IntentSlotClassificationModel"],
  options,
  examples: [
    [
      "riva-build intent_slot --domain_name=weather intent.rmir model.riva",
      "served as riva_intent_weather",
    ],
  ],
  outputs: [
    "CLASS_LABELS",
    "CLASS_SCORES",
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
  modelName: (values) => values.name ?? withDomain("riva_intent", values.domain_name),
  readTask: async (model, values) => {
    const { archive, config, tokenizer } = model;
    const labels = (kind: string) =>
      readLabels(archive, config, {
        config: [`data_desc.${kind}_labels`],
        file: `class_labels.${kind}_labels_file`,
      });
    const intents = await labels("intent");
    const slots = await labels("slot");
    const names = { domain: values.domain_name, language: values.language_code };
    return {
      steps: [
        {
          component: "tokenizer",
          modelName: stepName("intent_slot_tokenizer", names),
          step: "text-tokenizer",
          parameters: {
            ...windowParameters(model, values),
            lower_case_words: tokenizer.isUncased,
          },
          files: tokenizer.files,
        },
        {
          component: "label_tokens",
          modelName: stepName("intent_slot_label_tokens", names),
          step: "label-intent-slots",
          parameters: {
            outside_label: "O",
            class_labels_file: INTENT_FILE,
            token_labels_file: SLOT_FILE,
          },
          files: {
            class_labels_file: labelFile(INTENT_FILE, intents),
            token_labels_file: labelFile(SLOT_FILE, slots),
          },
        },
        {
          component: "detokenizer",
          modelName: "intent_slot_detokenizer",
          step: "detokenizer",
          parameters: {},
          files: {},
        },
      ],
      reductions: [
        { kind: "probabilities", logits: "intent_logits", name: "CLASS_PROBABILITIES" },
        { kind: "labels", logits: "slot_logits" },
      ],
      labels: { intent_logits: intents, slot_logits: slots },
      parameters: { domain: values.domain_name },
    };
  },
});
