/** What the network of a language pipeline takes: rows of ids of one length, one row a window. */
import { type Tensors, tensor } from "../../tensor/tensor.ts";
import type { StepTensorSpec } from "../step.ts";

export const MODEL_ROW_OUTPUTS: readonly StepTensorSpec[] = [
  { name: "input_ids", dtype: "int64", dims: [-1, -1] },
  { name: "attention_mask", dtype: "int64", dims: [-1, -1] },
  { name: "token_type_ids", dtype: "int64", dims: [-1, -1] },
];

export interface ModelRow {
  readonly ids: readonly number[];
  /** 0 unless given. */
  readonly types?: readonly number[];
}

/** Shorter rows are filled up and masked there. */
export function modelRows(rows: readonly ModelRow[], length: number, padId: number): Tensors {
  const shape = [rows.length, length];
  const size = rows.length * length;
  const ids = new BigInt64Array(size).fill(BigInt(padId));
  const mask = new BigInt64Array(size);
  const types = new BigInt64Array(size);
  rows.forEach((row, i) => {
    row.ids.forEach((id, j) => {
      ids[i * length + j] = BigInt(id);
      mask[i * length + j] = 1n;
    });
    row.types?.forEach((type, j) => (types[i * length + j] = BigInt(type)));
  });
  return {
    input_ids: tensor("int64", ids, shape),
    attention_mask: tensor("int64", mask, shape),
    token_type_ids: tensor("int64", types, shape),
  };
}
