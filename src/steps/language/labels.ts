/** Lists of labels beside a step, one a line in the order of the network's classes. */
import { ToolError } from "../../errors/tool-error.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import { parseVocabularyLines } from "../../text/tokenizers/vocabulary.ts";
import { invalidInput } from "../inputs.ts";
import { fileParameter } from "../parameters.ts";
import type { StepSetup } from "../step.ts";

/** @throws ToolError INVALID_CONFIG if there are none */
export function loadLabels(setup: StepSetup, parameter: string): readonly string[] {
  const labels = parseVocabularyLines(decodeUtf8(fileParameter(setup, parameter)));
  if (labels.length > 0) return labels;
  throw new ToolError("INVALID_CONFIG", `parameter ${parameter}: the file has no labels`, {
    hint: "deploy the pipeline again with -f",
  });
}

/** A network with another number of classes belongs to another list. */
export function checkClassCount(input: string, classes: number, labels: readonly string[]): void {
  if (classes === labels.length) return;
  throw invalidInput(
    input,
    `expected ${labels.length} classes as there are labels, got ${classes}`,
  );
}
