/**
 * Reads a lazy view as contiguous little-endian bytes, in pieces of a few megabytes, so that a
 * weight of any size streams from the checkpoint into a graph. A contiguous view of the wanted
 * type passes through without a copy; transposed and sliced views are gathered.
 */
import { alignedBytes, convertElements } from "./convert.ts";
import { sizeOfDType, type NumericDType } from "./dtype.ts";
import { contiguousStrides, countElements } from "./shape.ts";
import { leaseScratch, releaseScratch } from "./scratch.ts";
import type { Storage, TensorView } from "./tensor-view.ts";

/** Large enough to amortise a read, small enough for the processor's cache. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** A strided view whose elements lie within this many bytes is read by one read. */
const WINDOW_BYTES = 64 * 1024 * 1024;

/**
 * The elements in C order as `target` (default: as stored). A piece is valid until the next one
 * is asked for, and may be a view of shared memory: do not write into it.
 * @throws ToolError INVALID_FILE from the storage, UNSUPPORTED for a target that is not
 *   `float32`, `float16` or the stored type
 */
export async function* readTensor(
  view: TensorView,
  target: NumericDType = view.dtype,
): AsyncGenerator<Uint8Array> {
  const pieces = isContiguous(view) ? readContiguous(view) : readStrided(view);
  for await (const piece of pieces) yield convertElements(piece, view.dtype, target);
}

/** All elements as floats: for small tensors that are folded into others. */
export async function readFloat32(view: TensorView): Promise<Float32Array> {
  const result = new Float32Array(countElements(view.shape));
  const bytes = new Uint8Array(result.buffer);
  let filled = 0;
  for await (const piece of readTensor(view, "float32")) {
    bytes.set(piece, filled);
    filled += piece.byteLength;
  }
  return result;
}

/** True if the elements lie one after the other in C order. */
export function isContiguous(view: TensorView): boolean {
  const expected = contiguousStrides(view.shape);
  // an axis of size 1 is never stepped along
  return view.shape.every((size, axis) => size <= 1 || view.strides[axis] === expected[axis]);
}

/** Elements from the first to the last one of a view, gaps included; 0 if it is empty. */
export function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((span, size, axis) => span + (size - 1) * (strides[axis] ?? 0), 1);
}

async function* readContiguous(view: TensorView): AsyncGenerator<Uint8Array> {
  const end = view.offset + countElements(view.shape);
  const step = PIECE_BYTES / sizeOfDType(view.dtype);
  for (let start = view.offset; start < end; start += step) {
    const piece = await borrow(view.storage, start, Math.min(start + step, end));
    try {
      yield piece.bytes;
    } finally {
      piece.release();
    }
  }
}

interface BorrowedBytes {
  readonly bytes: Uint8Array;
  release(): void;
}

/** Elements of a storage, in scratch memory unless they are in memory anyway. */
async function borrow(storage: Storage, start: number, end: number): Promise<BorrowedBytes> {
  if (storage.readInto === undefined) {
    return { bytes: await storage.read(start, end), release: () => {} };
  }
  const bytes = leaseScratch((end - start) * sizeOfDType(storage.dtype));
  await storage.readInto(start, bytes);
  return { bytes, release: () => releaseScratch(bytes) };
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** A strided view in machine words: an 8-byte element is two words, as a last axis of size 2. */
interface WordView {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly wordBytes: 1 | 2 | 4;
}

function inWords(view: TensorView): WordView {
  const elementBytes = sizeOfDType(view.dtype);
  const { shape, strides } = view;
  if (elementBytes !== 8) return { shape, strides, wordBytes: elementBytes as 1 | 2 | 4 };
  return {
    shape: [...shape, 2],
    strides: [...strides.map((stride) => 2 * stride), 1],
    wordBytes: 4,
  };
}

function wordsOf(bytes: Uint8Array, wordBytes: 1 | 2 | 4): Words {
  const { buffer, byteOffset, byteLength } = alignedBytes(bytes, wordBytes);
  if (wordBytes === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (wordBytes === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

async function* readStrided(view: TensorView): AsyncGenerator<Uint8Array> {
  const { shape, strides, wordBytes } = inWords(view);
  const splitAxis = chooseSplitAxis(view);
  const inner = { shape: shape.slice(splitAxis), strides: strides.slice(splitAxis), wordBytes };
  const innerCount = countElements(inner.shape);
  const span = spanOf(view.shape.slice(splitAxis), view.strides.slice(splitAxis));
  const pieceBytes = Math.min(PIECE_BYTES, countElements(shape) * wordBytes);
  const pieceMemory = leaseScratch(pieceBytes);
  const piece = wordsOf(pieceMemory, wordBytes);
  let filled = 0;
  try {
    for (const start of blockStarts(view, splitAxis)) {
      const block = await borrow(view.storage, start, start + span);
      try {
        const source = wordsOf(block.bytes, wordBytes);
        for (let first = 0; first < innerCount;) {
          const count = Math.min(innerCount - first, piece.length - filled);
          gather(source, inner, { first, count }, piece, filled);
          first += count;
          filled += count;
          if (filled < piece.length) continue;
          yield pieceMemory;
          filled = 0;
        }
      } finally {
        block.release();
      }
    }
    if (filled > 0) yield pieceMemory.subarray(0, filled * wordBytes);
  } finally {
    releaseScratch(pieceMemory);
  }
}

/**
 * The view is read block by block, one block for each index of the axes before the split. A dense
 * view (a transposed matrix) is one block: reading it by rows would read all of it for each row.
 */
function chooseSplitAxis({ shape, strides, dtype }: TensorView): number {
  const window = WINDOW_BYTES / sizeOfDType(dtype);
  if (spanOf(shape, strides) <= Math.max(window, 2 * countElements(shape))) return 0;
  let axis = 1;
  while (axis < shape.length && spanOf(shape.slice(axis), strides.slice(axis)) > window) axis++;
  return axis;
}

/** Storage positions, in elements, of the first element of each block. */
function* blockStarts(
  { shape, strides, offset }: TensorView,
  splitAxis: number,
): Generator<number> {
  const outer = shape.slice(0, splitAxis);
  const count = shape.includes(0) ? 0 : countElements(outer);
  for (let block = 0; block < count; block++) {
    let rest = block;
    let start = offset;
    for (let axis = splitAxis - 1; axis >= 0; axis--) {
      const size = outer[axis] as number;
      start += (rest % size) * (strides[axis] as number);
      rest = Math.floor(rest / size);
    }
    yield start;
  }
}

/** Copies elements `first` to `first + count` (in C order) of a view over `source`. */
function gather(
  source: Words,
  { shape, strides }: WordView,
  { first, count }: { readonly first: number; readonly count: number },
  target: Words,
  targetStart: number,
): void {
  const last = shape.length - 1;
  const index = unravel(first, shape);
  let at = index.reduce((sum, i, axis) => sum + i * (strides[axis] as number), 0);
  const runSize = shape[last] ?? 1;
  const step = strides[last] ?? 1;
  const end = targetStart + count;
  let to = targetStart;
  while (to < end) {
    const inRun = index[last] ?? 0;
    const runEnd = Math.min(end, to + runSize - inRun);
    for (; to < runEnd; to++, at += step) target[to] = source[at] as number;
    if (to === end) return;
    // the run is done: back to its start, then carry to the left
    at -= runSize * step;
    index[last] = 0;
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      at += strides[axis] as number;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      at -= next * (strides[axis] as number);
      index[axis] = 0;
    }
  }
}

function unravel(position: number, shape: readonly number[]): number[] {
  const index = shape.map(() => 0);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    index[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return index;
}
