/**
 * Weights that are computed from others when they are written, not before: transposed, scaled,
 * or with a batch norm or weight norm folded in. Nothing is read while a graph is built.
 */
import { contiguousStrides, countElements } from "../tensor/shape.ts";
import { isContiguous, readFloat32, readTensor } from "../tensor/read-tensor.ts";
import type { TensorView } from "../tensor/tensor-view.ts";

/** The view of a matrix `[out, in]` as `[in, out]`, which is what MatMul wants. */
export function transposed(view: TensorView): TensorView {
  return { ...view, shape: view.shape.toReversed(), strides: view.strides.toReversed() };
}

/** The same elements in another shape; axes of size 1 may come and go. */
export function reshaped(view: TensorView, shape: readonly number[]): TensorView {
  const strides = view.strides.filter((_, axis) => view.shape[axis] !== 1);
  let next = 0;
  return {
    ...view,
    shape,
    strides: shape.map((size) => (size === 1 ? 1 : (strides[next++] ?? 1))),
  };
}

/** `view * factor`. */
export function scaled(view: TensorView, factor: number): TensorView {
  return mapped(view, (values) => {
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor;
  });
}

export interface BatchNormWeights {
  readonly weight: TensorView;
  readonly bias: TensorView;
  readonly mean: TensorView;
  readonly variance: TensorView;
  readonly epsilon: number;
}

/**
 * A convolution `[out, …]` (with or without bias) and the batch norm behind it as one:
 * `W' = s·W`, `b' = β + s·(b − μ)` with `s = γ / √(σ² + ε)`.
 */
export function foldBatchNorm(
  weight: TensorView,
  bias: TensorView | undefined,
  norm: BatchNormWeights,
): { weight: TensorView; bias: TensorView } {
  const scales = once(async () => {
    const [gamma, variance] = await Promise.all([
      readFloat32(norm.weight),
      readFloat32(norm.variance),
    ]);
    return Float64Array.from(
      gamma,
      (value, c) => value / Math.sqrt((variance[c] as number) + norm.epsilon),
    );
  });
  const offsets = async (): Promise<Float64Array> => {
    const [scale, mean] = [await scales(), await readFloat32(norm.mean)];
    const own = bias === undefined ? mean.map(() => 0) : await readFloat32(bias);
    return scale.map((s, c) => s * ((own[c] as number) - (mean[c] as number)));
  };
  return {
    weight: scaledRows(weight, scales),
    bias: mapped(norm.bias, async (values, start) => {
      const offset = await offsets();
      for (let i = 0; i < values.length; i++)
        values[i] = (values[i] as number) + (offset[start + i] as number);
    }),
  };
}

/**
 * A weight that is stored as a direction and a magnitude [rows, 1, …], torch's weight norm:
 * `W = g·v / ‖v‖`, with the norm over all axes but the first.
 */
export function foldWeightNorm(direction: TensorView, magnitude: TensorView): TensorView {
  const rowSize = countElements(direction.shape.slice(1));
  const scales = once(async () => {
    const [v, g] = await Promise.all([readFloat32(direction), readFloat32(magnitude)]);
    return Float64Array.from(g, (value, row) => {
      let squares = 0;
      for (const x of v.subarray(row * rowSize, (row + 1) * rowSize)) squares += x * x;
      return value / Math.sqrt(squares);
    });
  });
  return scaledRows(direction, scales);
}

/** Each index of the first axis times its own factor. */
function scaledRows(view: TensorView, scales: () => Promise<Float64Array>): TensorView {
  const rowSize = countElements(view.shape.slice(1));
  return mapped(view, async (values, start) => {
    const scale = await scales();
    for (let i = 0; i < values.length; i++) {
      values[i] = (values[i] as number) * (scale[Math.floor((start + i) / rowSize)] as number);
    }
  });
}

/** A float32 view whose elements `change` computes in place, `start` being the first one's index. */
function mapped(
  view: TensorView,
  change: (values: Float32Array, start: number) => void | Promise<void>,
): TensorView {
  const elementCount = countElements(view.shape);
  const readInto = async (start: number, target: Uint8Array): Promise<void> => {
    const values = new Float32Array(target.buffer, target.byteOffset, target.byteLength / 4);
    await readRange(view, start, values);
    await change(values, start);
  };
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array((end - start) * 4);
    await readInto(start, bytes);
    return bytes;
  };
  const storage = {
    name: view.storage.name,
    dtype: "float32",
    elementCount,
    read,
    readInto,
  } as const;
  return {
    dtype: "float32",
    shape: view.shape,
    strides: contiguousStrides(view.shape),
    offset: 0,
    storage,
  };
}

/** Fills `target` with the elements from `start` on, in C order. */
async function readRange(view: TensorView, start: number, target: Float32Array): Promise<void> {
  if (!isContiguous(view)) {
    target.set((await readFloat32(view)).subarray(start, start + target.length));
    return;
  }
  const part = { ...view, shape: [target.length], strides: [1], offset: view.offset + start };
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  let filled = 0;
  for await (const piece of readTensor(part, "float32")) {
    bytes.set(piece, filled);
    filled += piece.byteLength;
  }
}

function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= compute());
}
