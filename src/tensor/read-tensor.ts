/**
 * Reads a lazy view: C-contiguous little-endian bytes in pieces, converted to another element
 * type on the way if wished. A contiguous view is streamed; of a strided one (a transposed
 * weight) the range of the storage that it spans is held in memory.
 */
import { assert } from "../errors/tool-error.ts";
import { sizeOfDType, type NumericDType } from "./dtype.ts";
import { bfloat16ToFloat, floatToHalf, halfToFloat } from "./half.ts";
import { contiguousStrides, countElements } from "./shape.ts";
import { ARRAY_TYPES } from "./tensor.ts";
import type { TensorView } from "./tensor-view.ts";

/** Elements of one piece: at most 2 MiB. */
const PIECE_ELEMENTS = 1 << 18;

/** The elements of `view` as little-endian `dtype`, in C order, in pieces that may be kept. */
export async function* readTensor(
  view: TensorView,
  dtype: NumericDType = view.dtype,
): AsyncGenerator<Uint8Array> {
  for await (const piece of isContiguous(view) ? streamed(view) : gathered(view)) {
    yield view.dtype === dtype ? piece : convert(piece, view.dtype, dtype);
  }
}

/** All elements as numbers in memory; for what is small or computed with. */
export async function readFloat32(view: TensorView): Promise<Float32Array<ArrayBuffer>> {
  const result = new Float32Array(countElements(view.shape));
  let filled = 0;
  for await (const piece of readTensor(view, "float32")) {
    const values = aligned("float32", piece) as Float32Array;
    result.set(values, filled);
    filled += values.length;
  }
  return result;
}

/** True if the elements lie one after the other in C order. */
export function isContiguous(view: TensorView): boolean {
  const expected = contiguousStrides(view.shape);
  return view.shape.every((size, axis) => size === 1 || view.strides[axis] === expected[axis]);
}

async function* streamed(view: TensorView): AsyncGenerator<Uint8Array> {
  const end = view.offset + countElements(view.shape);
  for (let start = view.offset; start < end; start += PIECE_ELEMENTS) {
    yield await view.storage.read(start, Math.min(end, start + PIECE_ELEMENTS));
  }
}

async function* gathered(view: TensorView): AsyncGenerator<Uint8Array> {
  const count = countElements(view.shape);
  if (count === 0) return;
  const span = view.shape.reduce(
    (sum, size, axis) => sum + (size - 1) * (view.strides[axis] ?? 0),
    1,
  );
  const source = aligned(view.dtype, await view.storage.read(view.offset, view.offset + span));
  const inner = view.shape.at(-1) ?? 1;
  const innerStride = view.strides.at(-1) ?? 1;
  const outerShape = view.shape.slice(0, -1);
  const rowsPerPiece = Math.max(1, Math.floor(PIECE_ELEMENTS / inner));
  const rows = count / inner;
  for (let row = 0; row < rows; row += rowsPerPiece) {
    const pieceRows = Math.min(rowsPerPiece, rows - row);
    const piece = new ARRAY_TYPES[view.dtype](pieceRows * inner);
    for (let i = 0; i < pieceRows; i++) {
      copyStrided(
        source,
        rowOffset(row + i, outerShape, view.strides),
        innerStride,
        piece,
        i * inner,
        inner,
      );
    }
    yield bytesOf(piece);
  }
}

function copyStrided<A extends Elements>(
  source: A,
  from: number,
  stride: number,
  target: A,
  to: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) target[to + i] = source[from + i * stride] as A[number];
}

function rowOffset(row: number, shape: readonly number[], strides: readonly number[]): number {
  let rest = row;
  let offset = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    offset += (rest % size) * (strides[axis] as number);
    rest = Math.floor(rest / size);
  }
  return offset;
}

type Elements = InstanceType<(typeof ARRAY_TYPES)[NumericDType]>;

/** Bytes as elements; copied only if they do not lie on an element's boundary. */
function aligned(dtype: NumericDType, bytes: Uint8Array): Elements {
  const size = sizeOfDType(dtype);
  const start = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new ARRAY_TYPES[dtype](
    start.buffer as ArrayBuffer,
    start.byteOffset,
    bytes.byteLength / size,
  );
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function convert(bytes: Uint8Array, from: NumericDType, to: NumericDType): Uint8Array {
  const source = aligned(from, bytes);
  const result = new ARRAY_TYPES[to](source.length);
  const decode = DECODERS[from];
  if (to === "float16") {
    for (let i = 0; i < source.length; i++) result[i] = floatToHalf(decode(source[i] as never));
  } else if (to === "int64" || to === "uint64") {
    for (let i = 0; i < source.length; i++) result[i] = BigInt(source[i] as never);
  } else {
    assert(to !== "bfloat16", "nothing is converted to bfloat16");
    for (let i = 0; i < source.length; i++) result[i] = decode(source[i] as never);
  }
  return bytesOf(result);
}

const same = (value: number): number => value;

/** From an element of the array type to its value. */
const DECODERS: Readonly<Record<NumericDType, (element: never) => number>> = {
  float32: same,
  float64: same,
  float16: tabulated(halfToFloat),
  bfloat16: bfloat16ToFloat,
  int8: same,
  int16: same,
  int32: same,
  int64: (element: bigint) => Number(element),
  uint8: same,
  uint16: same,
  uint32: same,
  uint64: (element: bigint) => Number(element),
  bool: same,
};

/** A look-up instead of arithmetic: models have hundreds of millions of halves. */
function tabulated(decode: (bits: number) => number): (bits: number) => number {
  let table: Float32Array | undefined;
  return (bits) => {
    table ??= Float32Array.from({ length: 1 << 16 }, (_, index) => decode(index));
    return table[bits] as number;
  };
}
