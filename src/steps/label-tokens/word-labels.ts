/** The label of each word: that of its first token in the window where the token counts. */
import { type Tensors, tensor } from "../../tensor/tensor.ts";
import { OUTSIDE } from "../../text/language/entities.ts";
import { invalidInput } from "../inputs.ts";
import { checkRows, readMatrix } from "../language/matrix.ts";
import type { StepTensorSpec } from "../step.ts";

export const WORD_LABEL_INPUTS: readonly StepTensorSpec[] = [
  { name: "TOKEN_LABELS", dtype: "int32", dims: [-1, -1] },
  { name: "TOKEN_SCORES", dtype: "float32", dims: [-1, -1] },
  { name: "TOKEN_WORDS", dtype: "int32", dims: [-1, -1] },
];

export const WORD_LABEL_OUTPUTS: readonly StepTensorSpec[] = [
  { name: "WORD_LABELS", dtype: "string", dims: [-1] },
  { name: "WORD_SCORES", dtype: "float32", dims: [-1] },
];

/** @param outside the label of words that belong to nothing; it comes out as `O` */
export function wordLabels(inputs: Tensors, labels: readonly string[], outside: string): Tensors {
  const words = readMatrix(inputs, "TOKEN_WORDS", "int32");
  const classes = readMatrix(inputs, "TOKEN_LABELS", "int32");
  const scores = readMatrix(inputs, "TOKEN_SCORES", "float32");
  checkRows("TOKEN_LABELS", classes, words.rows);
  checkRows("TOKEN_SCORES", scores, words.rows);
  const count = words.data.reduce((largest, word) => Math.max(largest, word), -1) + 1;
  const wordScores = new Float32Array(count);
  const names = Array.from({ length: count }, () => OUTSIDE);
  words.data.forEach((word, at) => {
    if (word < 0) return;
    const label = labels[classes.data[at] ?? -1];
    if (label === undefined) {
      throw invalidInput(
        "TOKEN_LABELS",
        `class ${classes.data[at]} is beyond the ${labels.length} labels`,
      );
    }
    names[word] = label === outside ? OUTSIDE : label;
    wordScores[word] = scores.data[at] ?? 0;
  });
  return { WORD_LABELS: tensor("string", names), WORD_SCORES: tensor("float32", wordScores) };
}
