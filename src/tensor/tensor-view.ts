/**
 * A weight that has not been read: a storage (raw little-endian bytes in some file), an offset,
 * a shape and strides. Reading happens when a graph is written, one tensor at a time.
 */
import type { NumericDType } from "./dtype.ts";

/** Raw bytes that views look into; two views of one storage share it (tied weights). */
export interface Storage {
  readonly name: string;
  readonly dtype: NumericDType;
  readonly elementCount: number;
  /** Elements `start` (inclusive) to `end` (exclusive) as little-endian bytes. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Fills `target` with the elements from `start` on; there where it saves a copy. */
  readonly readInto?: ((start: number, target: Uint8Array) => Promise<void>) | undefined;
}

export interface TensorView {
  readonly dtype: NumericDType;
  readonly shape: readonly number[];
  /** In elements; never negative. */
  readonly strides: readonly number[];
  /** First element, in elements of the storage. */
  readonly offset: number;
  readonly storage: Storage;
}

/** Ordered map from parameter name to weight, as `torch.save(model.state_dict())` wrote it. */
export type StateDict = ReadonlyMap<string, TensorView>;
