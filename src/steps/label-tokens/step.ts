/**
 * The network's classes as labels. Three steps, because three kinds of models give them: for the
 * words of a text, for the whole text, or for both.
 */
import { loadLabels } from "../language/labels.ts";
import { defineStep } from "../step.ts";
import { TEXT_CLASS_INPUTS, TEXT_CLASS_OUTPUTS, textClasses } from "./text-classes.ts";
import { WORD_LABEL_INPUTS, WORD_LABEL_OUTPUTS, wordLabels } from "./word-labels.ts";

const OUTSIDE_PARAMETER = "outside_label";

export const labelTokens = defineStep({
  name: "label-tokens",
  doc: "classes of tokens to labels of words",
  stateful: false,
  hasBatchAxis: false,
  inputs: WORD_LABEL_INPUTS,
  outputs: WORD_LABEL_OUTPUTS,
  load: (setup) => {
    const labels = loadLabels(setup, "token_labels_file");
    const outside = setup.parameters[OUTSIDE_PARAMETER] ?? "O";
    return { open: () => undefined, run: (inputs) => wordLabels(inputs, labels, outside) };
  },
});

export const labelText = defineStep({
  name: "label-text",
  doc: "class probabilities of windows to a ranking of the text's classes",
  stateful: false,
  hasBatchAxis: false,
  inputs: TEXT_CLASS_INPUTS,
  outputs: TEXT_CLASS_OUTPUTS,
  load: (setup) => {
    const labels = loadLabels(setup, "class_labels_file");
    return { open: () => undefined, run: (inputs) => textClasses(inputs, labels) };
  },
});

export const labelIntentSlots = defineStep({
  name: "label-intent-slots",
  doc: "classes of an intent and slot model to a ranking of intents and labels of words",
  stateful: false,
  hasBatchAxis: false,
  inputs: [...WORD_LABEL_INPUTS, ...TEXT_CLASS_INPUTS.slice(0, 1)],
  outputs: [...WORD_LABEL_OUTPUTS, ...TEXT_CLASS_OUTPUTS],
  load: (setup) => {
    const slots = loadLabels(setup, "token_labels_file");
    const intents = loadLabels(setup, "class_labels_file");
    const outside = setup.parameters[OUTSIDE_PARAMETER] ?? "O";
    return {
      open: () => undefined,
      run: (inputs) => ({
        ...wordLabels(inputs, slots, outside),
        ...textClasses(inputs, intents),
      }),
    };
  },
});
