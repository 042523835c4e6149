/**
 * A tensor in memory, C-contiguous: what goes in and out of an engine and of a step.
 * (Weights of a checkpoint are lazy views instead: `tensor-view.ts`.)
 */
import { assert } from "../errors/tool-error.ts";
import type { DType } from "./dtype.ts";
import { countElements } from "./shape.ts";

export interface DTypeArrays {
  float32: Float32Array;
  float64: Float64Array;
  /** IEEE half floats as raw bits; see `half.ts`. */
  float16: Uint16Array;
  /** bfloat16 as raw bits; see `half.ts`. */
  bfloat16: Uint16Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  /** 0 or 1 a byte. */
  bool: Uint8Array;
  /** Text; what arrives as bytes is decoded as UTF-8. */
  string: readonly string[];
}

/** One tensor of a known type; `Tensor` is the union over all types, so `dtype` narrows `data`. */
export interface TensorOf<D extends DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DTypeArrays[D];
}

export type Tensor = { [D in DType]: TensorOf<D> }[DType];

/** Named tensors: the inputs or outputs of one inference. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Makes a tensor; the number of elements must fit the shape (default: one axis). */
export function tensor<D extends DType>(
  dtype: D,
  data: DTypeArrays[D],
  shape: readonly number[] = [data.length],
): TensorOf<D> {
  assert(
    countElements(shape) === data.length,
    `${data.length} elements do not fill [${shape.join(", ")}]`,
  );
  return { dtype, shape, data };
}

export const ARRAY_TYPES = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;
