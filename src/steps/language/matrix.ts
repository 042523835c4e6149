/** Inputs that are tables: a row a window. */
import type { DType } from "../../tensor/dtype.ts";
import type { DTypeArrays, Tensors } from "../../tensor/tensor.ts";
import { invalidInput } from "../inputs.ts";

export interface Matrix<D extends DType> {
  readonly rows: number;
  readonly columns: number;
  /** Size of the third axis; 1 if there are only two. */
  readonly depth: number;
  readonly data: DTypeArrays[D];
}

/** @throws ToolError INVALID_REQUEST unless it is there, of this type and with so many axes */
export function readMatrix<D extends DType>(
  inputs: Tensors,
  name: string,
  dtype: D,
  axes: 2 | 3 = 2,
): Matrix<D> {
  const found = inputs[name];
  if (found === undefined) throw invalidInput(name, "the input is missing");
  const [rows = 0, columns = 0, depth = 1] = found.shape;
  if (found.dtype !== dtype || found.shape.length !== axes) {
    throw invalidInput(
      name,
      `expected ${dtype} with ${axes} axes, got ${found.dtype} [${found.shape.join(", ")}]`,
    );
  }
  return { rows, columns, depth, data: found.data as DTypeArrays[D] };
}

/** One of several tables with a row a window: the numbers must agree. */
export function checkRows(name: string, matrix: Matrix<DType>, rows: number): void {
  if (matrix.rows === rows) return;
  throw invalidInput(name, `expected ${rows} rows as in the other inputs, got ${matrix.rows}`);
}

/** A list of any length. @throws ToolError INVALID_REQUEST */
export function readList<D extends DType>(inputs: Tensors, name: string, dtype: D): DTypeArrays[D] {
  const found = inputs[name];
  if (found === undefined) throw invalidInput(name, "the input is missing");
  if (found.dtype === dtype) return found.data as DTypeArrays[D];
  throw invalidInput(name, `expected ${dtype}, got ${found.dtype}`);
}
