/** What the endpointing tells a decoder: the utterances of the stream, in timesteps. */
import type { Tensors } from "../tensor/tensor.ts";
import { invalidInput, readInput } from "./inputs.ts";

/** A row of `SEGMENTS_START_END`. */
export interface Segment {
  readonly start: number;
  /** Negative: the utterance is running. */
  readonly end: number;
}

/** @throws ToolError INVALID_REQUEST if they are not pairs */
export function readSegments(inputs: Tensors): Segment[] {
  const numbers = readInput(inputs, "SEGMENTS_START_END", "int32");
  if (numbers.length % 2 !== 0) {
    throw invalidInput("SEGMENTS_START_END", `expected pairs, got ${numbers.length} numbers`);
  }
  return Array.from({ length: numbers.length / 2 }, (_, row) => ({
    start: numbers[2 * row] as number,
    end: numbers[2 * row + 1] as number,
  }));
}
