/**
 * Arithmetic on sizes that may be symbols. A symbolic result is a normalised text, so that two
 * branches that shrink `T` alike have equal sizes and a real mismatch is noticed at the call.
 */
import { UNKNOWN_DIM, type Dim } from "../tensor/model-graph.ts";

/** True unless both sizes are known and differ; `?` fits everything. */
export function dimsFit(a: Dim, b: Dim): boolean {
  return a === b || a === UNKNOWN_DIM || b === UNKNOWN_DIM;
}

/** The better known of two sizes that fit. */
export function knownDim(a: Dim, b: Dim): Dim {
  return a === UNKNOWN_DIM ? b : a;
}

/** Size + constant: `addDim("T-1", 3)` is `T+2`. */
export function addDim(dim: Dim, amount: number): Dim {
  if (typeof dim === "number") return dim + amount;
  if (dim === UNKNOWN_DIM || amount === 0) return dim;
  const { base, offset } = splitOffset(dim);
  return withOffset(base, offset + amount);
}

/** Sum of two sizes. */
export function sumDims(a: Dim, b: Dim): Dim {
  if (typeof b === "number") return addDim(a, b);
  if (typeof a === "number") return addDim(b, a);
  if (a === UNKNOWN_DIM || b === UNKNOWN_DIM) return UNKNOWN_DIM;
  const left = splitOffset(a);
  const right = splitOffset(b);
  return withOffset(`${left.base}+${right.base}`, left.offset + right.offset);
}

/** Product of two sizes. */
export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (a === UNKNOWN_DIM || b === UNKNOWN_DIM) return UNKNOWN_DIM;
  if (a === 1) return b;
  if (b === 1) return a;
  const [first, second] = typeof b === "number" ? [b, a] : [a, b];
  return `${parenthesised(first)}*${parenthesised(second)}`;
}

/** Number of positions of a window: floor((dim - extent) / stride) + 1. */
export function windowCount(dim: Dim, extent: number, stride: number): Dim {
  const range = addDim(dim, -extent);
  if (typeof range === "number") return Math.floor(range / stride) + 1;
  if (range === UNKNOWN_DIM) return UNKNOWN_DIM;
  return stride === 1 ? addDim(range, 1) : `${parenthesised(range)}//${stride}+1`;
}

/** Shape of an elementwise result, or undefined if the shapes do not fit. */
export function broadcastShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] | undefined {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === 1) result.push(right);
    else if (right === 1) result.push(left);
    else if (dimsFit(left, right)) result.push(knownDim(left, right));
    else return undefined;
  }
  return result;
}

function splitOffset(dim: string): { base: string; offset: number } {
  const match = /^(.+)([+-]\d+)$/.exec(dim);
  return match === null
    ? { base: dim, offset: 0 }
    : { base: match[1] as string, offset: Number(match[2]) };
}

function withOffset(base: string, offset: number): string {
  if (offset === 0) return base;
  return offset > 0 ? `${base}+${offset}` : `${base}${offset}`;
}

function parenthesised(dim: Dim): string {
  return typeof dim === "number" || /^\w+$/.test(dim) ? String(dim) : `(${dim})`;
}
