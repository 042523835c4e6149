/** What the two steps of question answering tell each other about the passage. */
import type { Tensors } from "../../tensor/tensor.ts";
import { invalidInput } from "../inputs.ts";
import { checkRows, type Matrix, readList, readMatrix } from "../language/matrix.ts";
import type { StepTensorSpec } from "../step.ts";

export const QA_WINDOW_TENSORS: readonly StepTensorSpec[] = [
  /** Word of each token of the passage in the rows, -1 elsewhere. */
  { name: "TOKEN_WORDS", dtype: "int32", dims: [-1, -1] },
  /** An answer may start here. */
  { name: "MAY_START", dtype: "bool", dims: [-1, -1] },
  /** Of each row: its first token of the passage, and where in the row that stands. */
  { name: "WINDOW_TOKENS", dtype: "int32", dims: [-1, 2] },
  { name: "CONTEXT_TOKENS", dtype: "string", dims: [-1] },
  { name: "CONTEXT_WORDS", dtype: "string", dims: [-1] },
];

export interface QaWindows {
  readonly words: Matrix<"int32">;
  readonly mayStart: Matrix<"bool">;
  readonly windows: Matrix<"int32">;
  readonly contextTokens: readonly string[];
  readonly contextWords: readonly string[];
}

/** @throws ToolError INVALID_REQUEST */
export function readQaWindows(inputs: Tensors): QaWindows {
  const words = readMatrix(inputs, "TOKEN_WORDS", "int32");
  const mayStart = readMatrix(inputs, "MAY_START", "bool");
  const windows = readMatrix(inputs, "WINDOW_TOKENS", "int32");
  checkRows("MAY_START", mayStart, words.rows);
  checkRows("WINDOW_TOKENS", windows, words.rows);
  if (mayStart.columns !== words.columns || windows.columns !== 2) {
    throw invalidInput("TOKEN_WORDS", "its rows are not as long as those of MAY_START");
  }
  return {
    words,
    mayStart,
    windows,
    contextTokens: readList(inputs, "CONTEXT_TOKENS", "string"),
    contextWords: readList(inputs, "CONTEXT_WORDS", "string"),
  };
}
