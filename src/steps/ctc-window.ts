/**
 * What the endpointing and the decoder both get: the most probable tokens of one window, and its
 * place in the stream.
 */
import type { WindowSpan } from "../decoding/window-span.ts";
import type { Tensors } from "../tensor/tensor.ts";
import { invalidInput, readInput, readScalar } from "./inputs.ts";
import type { StepTensorSpec } from "./step.ts";

export interface CtcWindow extends WindowSpan {
  readonly tokens: Int32Array;
  /** Valid timesteps at the start of `tokens`. */
  readonly length: number;
}

/** The inputs that {@link readCtcWindow} reads. */
export const CTC_WINDOW_INPUTS: readonly StepTensorSpec[] = [
  { name: "TOKENS", dtype: "int32", dims: [-1] },
  { name: "TOKENS_LENGTH", dtype: "int64", dims: [1] },
  { name: "FRAME_SPAN", dtype: "int32", dims: [3] },
];

/**
 * @param blank id of the blank, the highest there is.
 * @throws ToolError INVALID_REQUEST for tensors that contradict each other.
 */
export function readCtcWindow(inputs: Tensors, blank: number): CtcWindow {
  const tokens = readInput(inputs, "TOKENS", "int32");
  const length = readScalar(inputs, "TOKENS_LENGTH", "int64");
  if (length < 0 || length > tokens.length) {
    throw invalidInput("TOKENS_LENGTH", `expected 0 to ${tokens.length}, got ${length}`);
  }
  const unknown = tokens.subarray(0, length).find((id) => id < 0 || id > blank);
  if (unknown !== undefined)
    throw invalidInput("TOKENS", `expected ids from 0 to ${blank}, got ${unknown}`);
  const span = readInput(inputs, "FRAME_SPAN", "int32");
  const [offset = -1, from = -1, to = 0] = span;
  if (span.length !== 3 || offset < 0 || from < 0) {
    throw invalidInput("FRAME_SPAN", `expected offset, from and to, got ${span.join(", ")}`);
  }
  return { tokens, length, offset, to };
}
