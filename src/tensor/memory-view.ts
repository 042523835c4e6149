/**
 * Views over arrays in memory, for constants that are computed and for tests; a checkpoint's
 * weights are views over its file instead.
 */
import { assert } from "../errors/tool-error.ts";
import type { NumericDType } from "./dtype.ts";
import { contiguousStrides, countElements } from "./shape.ts";
import type { DTypeArrays } from "./tensor.ts";
import type { TensorView } from "./tensor-view.ts";

/** A contiguous view of a typed array. The array must not change afterwards. */
export function memoryView<D extends NumericDType>(
  dtype: D,
  data: DTypeArrays[D],
  shape: readonly number[] = [data.length],
  name = "memory",
): TensorView {
  const array: ArrayBufferView & { readonly length: number } = data;
  assert(
    countElements(shape) === array.length,
    `${array.length} elements do not fill [${shape.join(", ")}]`,
  );
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const sizeBytes = array.length === 0 ? 0 : array.byteLength / array.length;
  return {
    dtype,
    shape: [...shape],
    strides: contiguousStrides(shape),
    offset: 0,
    storage: {
      name,
      dtype,
      elementCount: array.length,
      read: async (start, end) => bytes.subarray(start * sizeBytes, end * sizeBytes),
    },
  };
}
