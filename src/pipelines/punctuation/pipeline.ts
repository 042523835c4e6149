/** The punctuation pipeline: marks and capitals for a lower-case text. */
import { defineOptions } from "../../options/option.ts";
import { defineLanguagePipeline } from "../language/define-language-pipeline.ts";
import { labelFile } from "../language/label-file.ts";
import { readLabels } from "../language/labels.ts";
import { stepName } from "../language/names.ts";
import { languageOptions, windowOptions } from "../language/options.ts";
import { windowParameters } from "../language/windows.ts";

const DEFAULT_NAME = "riva_punctuation";
const MARK_FILE = "punct_labels.txt";
const CAPITAL_FILE = "capit_labels.txt";
/** As NeMo's `add_punctuation_capitalization`. */
const WINDOWS = { length: 64, step: 8 };

const options = defineOptions({
  name: {
    type: "string",
    default: DEFAULT_NAME,
    doc: "Name of the pipeline: what clients ask for",
  },
  ...languageOptions,
  ...windowOptions,
});

export const punctuation = defineLanguagePipeline({
  name: "punctuation",
  summary: "Punctuation and capitals for plain text, such as transcripts.",
  classes: ["PunctuationCapitalizationModel"],
  options,
  examples: [
    ["riva-build punctuation punctuation.rmir model.riva", "English"],
    [
      "riva-build punctuation --language_code=de-DE --name=riva_punctuation_de de.rmir model.riva",
      "German beside it",
    ],
  ],
  outputs: ["PIPELINE_OUTPUT", "NEXT_CURSOR"],
  modelName: ({ name }) => name,
  readTask: async (model, values) => {
    const { archive, config, tokenizer } = model;
    const labels = (kind: string) =>
      readLabels(archive, config, {
        config: [`common_dataset_parameters.${kind}_label_ids`, `${kind}_label_ids`],
        file: `class_labels.${kind}_labels_file`,
      });
    const marks = await labels("punct");
    const capitals = await labels("capit");
    const pad = ["common_dataset_parameters", "dataset"].map((place) =>
      config.get(`${place}.pad_label`),
    );
    const outside = pad.find((node) => node.isPresent)?.string() ?? "O";
    const language = values.language_code;
    const domain = values.name === DEFAULT_NAME ? {} : { domain: values.name };
    return {
      steps: [
        {
          component: "tokenizer",
          modelName: stepName("punctuation_tokenizer", { ...domain, language }),
          step: "text-tokenizer",
          parameters: windowParameters(model, values, WINDOWS),
          files: tokenizer.files,
        },
        {
          component: "postprocessor",
          modelName: stepName("punctuation_punctuation_postprocessor", { ...domain, language }),
          step: "punctuation-postprocessor",
          parameters: {
            outside_label: outside,
            punct_labels_file: MARK_FILE,
            capit_labels_file: CAPITAL_FILE,
          },
          files: {
            punct_labels_file: labelFile(MARK_FILE, marks),
            capit_labels_file: labelFile(CAPITAL_FILE, capitals),
          },
        },
      ],
      reductions: [
        { kind: "probabilities", logits: "punct_logits", name: "PUNCT_PROBABILITIES" },
        { kind: "probabilities", logits: "capit_logits", name: "CAPIT_PROBABILITIES" },
      ],
      labels: { punct_logits: marks, capit_logits: capitals },
      parameters: {},
    };
  },
});
