/**
 * A long text is worked off in pages, each of as many windows as the network takes at once: a
 * request names the place to go on from (`CURSOR`, 0 at first), the answer the next one (-1: done).
 */
import { ToolError } from "../../errors/tool-error.ts";
import { type Tensors, tensor, type TensorOf } from "../../tensor/tensor.ts";
import type { StepTensorSpec } from "../step.ts";

export const CURSOR_INPUT: StepTensorSpec = {
  name: "CURSOR",
  dtype: "int32",
  dims: [1],
  optional: true,
};
export const NEXT_CURSOR_OUTPUT: StepTensorSpec = {
  name: "NEXT_CURSOR",
  dtype: "int32",
  dims: [1],
};

/** In UTF-16 units. A long book has some millions; more at once would only hold up other requests. */
const MAX_TEXT_UNITS = 1 << 22;

/** @throws ToolError INVALID_REQUEST for a place that is not in the text of so many places */
export function readCursor(inputs: Tensors, places: number): number {
  const cursor = inputs["CURSOR"] === undefined ? 0 : Number(inputs["CURSOR"].data[0]);
  if (cursor === 0 || (Number.isInteger(cursor) && cursor > 0 && cursor < places)) return cursor;
  throw new ToolError(
    "INVALID_REQUEST",
    `expected a place from 0 to ${places - 1}, got ${cursor}`,
    {
      at: "input CURSOR",
      hint: "send 0 or nothing at first, then the NEXT_CURSOR of the answer before, with the same text",
    },
  );
}

export const nextCursor = (next: number | undefined): TensorOf<"int32"> =>
  tensor("int32", Int32Array.of(next ?? -1));

/** The one text of an input. @throws ToolError INVALID_REQUEST, LIMIT_EXCEEDED */
export function readText(inputs: Tensors, name: string): string {
  const input = inputs[name];
  if (input?.dtype !== "string" || input.data.length !== 1) {
    throw new ToolError("INVALID_REQUEST", `expected one text as ${name}`, {
      at: `input ${name}`,
      hint: "send one text a request, as a tensor of type BYTES and shape [1]",
    });
  }
  const [text] = input.data as readonly [string];
  if (text.length <= MAX_TEXT_UNITS) return text;
  throw new ToolError(
    "LIMIT_EXCEEDED",
    `the text has ${text.length} characters, more than ${MAX_TEXT_UNITS}`,
    { at: `input ${name}`, hint: "send it in several requests" },
  );
}
