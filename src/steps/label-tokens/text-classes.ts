/** The classes of a text, the most probable first, out of those of its windows. */
import { type Tensors, tensor } from "../../tensor/tensor.ts";
import { meanProbabilities, rankClasses } from "../../text/language/classes.ts";
import { checkClassCount } from "../language/labels.ts";
import { checkRows, readMatrix } from "../language/matrix.ts";
import type { StepTensorSpec } from "../step.ts";

export const TEXT_CLASS_INPUTS: readonly StepTensorSpec[] = [
  { name: "CLASS_PROBABILITIES", dtype: "float32", dims: [-1, -1] },
  { name: "TOKEN_WORDS", dtype: "int32", dims: [-1, -1] },
];

export const TEXT_CLASS_OUTPUTS: readonly StepTensorSpec[] = [
  { name: "CLASS_LABELS", dtype: "string", dims: [-1] },
  { name: "CLASS_SCORES", dtype: "float32", dims: [-1] },
];

/** A window weighs as much as it has words that count in it. */
export function textClasses(inputs: Tensors, labels: readonly string[]): Tensors {
  const probabilities = readMatrix(inputs, "CLASS_PROBABILITIES", "float32");
  const words = readMatrix(inputs, "TOKEN_WORDS", "int32");
  checkRows("CLASS_PROBABILITIES", probabilities, words.rows);
  checkClassCount("CLASS_PROBABILITIES", probabilities.columns, labels);
  const { columns } = probabilities;
  const votes = Array.from({ length: words.rows }, (_, row) => ({
    probabilities: probabilities.data.subarray(row * columns, (row + 1) * columns),
    weight: words.data
      .subarray(row * words.columns, (row + 1) * words.columns)
      .reduce((count, word) => count + Number(word >= 0), 0),
  }));
  const ranking = rankClasses(labels, meanProbabilities(votes, columns));
  return {
    CLASS_LABELS: tensor(
      "string",
      ranking.map(({ label }) => label),
    ),
    CLASS_SCORES: tensor(
      "float32",
      Float32Array.from(ranking, ({ score }) => score),
    ),
  };
}
