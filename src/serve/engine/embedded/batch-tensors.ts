/** Putting the tensors of several requests into one batch and taking the results apart again. */
import { ToolError } from "../../../errors/tool-error.ts";
import { countElements } from "../../../tensor/shape.ts";
import { ARRAY_TYPES, type Tensor, type Tensors } from "../../../tensor/tensor.ts";

/** Two requests fit into one batch if their keys are equal: names, types, shapes without batch. */
export function batchKey(inputs: Tensors): string {
  return Object.keys(inputs)
    .sort()
    .map((name) => {
      const { dtype, shape } = inputs[name] as Tensor;
      return `${name}:${dtype}:${shape.slice(1).join("x")}`;
    })
    .join(";");
}

/** Size of the first axis, the same for all inputs; 1 if there are none. */
export function batchSizeOf(inputs: Tensors): number {
  const first = Object.values(inputs)[0];
  return first?.shape[0] ?? 1;
}

/** Concatenates along the first axis; the requests have equal keys. */
export function joinBatch(requests: readonly Tensors[]): Tensors {
  const [first] = requests;
  if (first === undefined || requests.length === 1) return first ?? {};
  return Object.fromEntries(
    Object.keys(first).map((name) => [
      name,
      joinTensors(requests.map((request) => request[name] as Tensor)),
    ]),
  );
}

function joinTensors(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors as readonly [Tensor];
  const rows = tensors.reduce((sum, tensor) => sum + (tensor.shape[0] ?? 0), 0);
  const shape = [rows, ...first.shape.slice(1)];
  if (first.dtype === "string") {
    return { dtype: "string", shape, data: tensors.flatMap((tensor) => tensor.data as string[]) };
  }
  const data = new ARRAY_TYPES[first.dtype](countElements(shape));
  let offset = 0;
  for (const tensor of tensors) {
    // one dtype for all, so the arrays are of one kind
    (data as Float32Array).set(tensor.data as Float32Array, offset);
    offset += tensor.data.length;
  }
  return { dtype: first.dtype, shape, data } as Tensor;
}

/**
 * Splits outputs back into requests of `sizes` rows; the parts are views of the batch.
 * @throws ToolError UNAVAILABLE if the model returned another number of rows
 */
export function splitBatch(outputs: Tensors, sizes: readonly number[], model: string): Tensors[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (const [name, { shape }] of Object.entries(outputs)) {
    if (shape[0] === total) continue;
    throw new ToolError(
      "UNAVAILABLE",
      `output '${name}' has ${shape[0] ?? "no"} rows for a batch of ${total}`,
      { at: model, hint: "the model does not support batching; set max_batch_size to 0" },
    );
  }
  if (sizes.length === 1) return [outputs];
  let row = 0;
  return sizes.map((size) => {
    const start = row;
    row += size;
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, rowsOf(tensor, start, size)]),
    );
  });
}

function rowsOf(tensor: Tensor, start: number, size: number): Tensor {
  const shape = [size, ...tensor.shape.slice(1)];
  const rowElements = countElements(tensor.shape.slice(1));
  const from = start * rowElements;
  const to = from + size * rowElements;
  const data =
    tensor.dtype === "string" ? tensor.data.slice(from, to) : tensor.data.subarray(from, to);
  return { dtype: tensor.dtype, shape, data } as Tensor;
}
