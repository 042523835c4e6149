/**
 * Reading the inputs of a request: the right type, a batch of one. What is wrong is the caller's
 * mistake and says which tensor.
 */
import { ToolError } from "../errors/tool-error.ts";
import type { DType } from "../tensor/dtype.ts";
import type { DTypeArrays, Tensors } from "../tensor/tensor.ts";

/** @throws ToolError INVALID_REQUEST if the input is missing, of another type or a larger batch. */
export function readInput<D extends DType>(
  inputs: Tensors,
  name: string,
  dtype: D,
): DTypeArrays[D] {
  const found = inputs[name];
  if (found === undefined) throw invalidInput(name, "the input is missing");
  if (found.dtype !== dtype) throw invalidInput(name, `expected ${dtype}, got ${found.dtype}`);
  if (found.shape[0] !== 1)
    throw invalidInput(name, `expected a batch of 1, got [${found.shape.join(", ")}]`);
  return found.data as DTypeArrays[D];
}

/** One number. @throws ToolError INVALID_REQUEST as {@link readInput}, or if it is not one element. */
export function readScalar(
  inputs: Tensors,
  name: string,
  dtype: "int32" | "uint32" | "int64",
): number {
  const data = readInput(inputs, name, dtype);
  if (data.length !== 1) throw invalidInput(name, `expected one number, got ${data.length}`);
  return Number(data[0]);
}

export function invalidInput(name: string, message: string): ToolError {
  return new ToolError("INVALID_REQUEST", message, {
    at: `input ${name}`,
    hint: "send what the model's config.pbtxt declares, batch dimension first; one sequence a request",
  });
}
