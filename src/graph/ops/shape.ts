/** Ops that move elements or talk about sizes. */
import { UNKNOWN_DIM, type Dim } from "../../tensor/model-graph.ts";
import type { DType } from "../../tensor/dtype.ts";
import { addDim, dimsFit, knownDim, multiplyDims, sumDims } from "../dims.ts";
import { describeValue, type Value } from "../value.ts";
import { ReduceOps } from "./reduce.ts";

/** Bounds of a Slice along one axis; a Value is a size that is known at run time. */
export interface SliceRange {
  readonly axis: number;
  readonly start: number | Value;
  /** Exclusive; left out: to the end. */
  readonly end?: number | Value;
  readonly step?: number;
  /** Size of the result, where the caller knows it. */
  readonly size?: Dim;
}

/** "To the end" of a Slice: the largest number that is exact everywhere. */
const END = 2 ** 31 - 1;
const INTEGERS: readonly DType[] = ["int64", "int32"];

export class ShapeOps extends ReduceOps {
  /**
   * `shape` in ONNX's sense: 0 keeps the size of the input's axis, -1 takes the rest. It may
   * also be a 1-D int64 value; then `result` must say the sizes.
   */
  Reshape(x: Value, shape: readonly number[] | Value, result?: readonly Dim[]): Value {
    if (!Array.isArray(shape)) {
      const sizes = result ?? this.fail("Reshape to a computed shape needs the result's sizes");
      return this.single("Reshape", [x, shape as Value], x.dtype, sizes);
    }
    const sizes = shape as readonly number[];
    const dims = result ?? this.#reshaped(x, sizes);
    return this.single("Reshape", [x, this.constant("int64", sizes)], x.dtype, dims);
  }

  Transpose(x: Value, perm: readonly number[]): Value {
    const isPermutation = [...perm].sort((a, b) => a - b).every((axis, place) => axis === place);
    if (perm.length !== x.shape.length || !isPermutation) {
      this.fail(`[${perm.join(", ")}] does not permute ${describeValue(x)}`);
    }
    const shape = perm.map((axis) => x.shape[axis] as Dim);
    return this.single("Transpose", [x], x.dtype, shape, { perm: { ints: perm } });
  }

  /** New axes of size 1; positions are those in the result. */
  Unsqueeze(x: Value, axes: readonly number[]): Value {
    const shape = [...x.shape];
    for (const axis of [...axes].sort((a, b) => a - b)) {
      if (axis < 0 || axis > shape.length) this.fail(`axis ${axis} cannot be inserted`);
      shape.splice(axis, 0, 1);
    }
    return this.single("Unsqueeze", [x, this.constant("int64", axes)], x.dtype, shape);
  }

  Squeeze(x: Value, axes: readonly number[]): Value {
    const places = axes.map((axis) => this.axisOf(x, axis));
    for (const axis of places) {
      if (!dimsFit(x.shape[axis] as Dim, 1))
        this.fail(`axis ${axis} of ${describeValue(x)} is not 1`);
    }
    const shape = x.shape.filter((_, axis) => !places.includes(axis));
    return this.single("Squeeze", [x, this.constant("int64", places)], x.dtype, shape);
  }

  Concat(values: readonly Value[], axis: number): Value {
    const [first, ...rest] = values;
    if (first === undefined) return this.fail("Concat of nothing");
    const along = this.axisOf(first, axis);
    const shape = rest.reduce((sum, value) => this.#joined(sum, value, along), first).shape;
    return this.single("Concat", values, first.dtype, shape, { axis: { int: along } });
  }

  Slice(x: Value, ranges: readonly SliceRange[]): Value {
    const axes = ranges.map(({ axis }) => this.axisOf(x, axis));
    const shape = [...x.shape];
    ranges.forEach((range, index) => {
      const axis = axes[index] as number;
      shape[axis] = range.size ?? slicedDim(shape[axis] as Dim, range);
    });
    const starts = this.#bounds(ranges.map(({ start }) => start));
    const ends = this.#bounds(ranges.map(({ end }) => end ?? END));
    const inputs = [x, starts, ends, this.constant("int64", axes)];
    if (ranges.some(({ step }) => step !== undefined)) {
      inputs.push(
        this.constant(
          "int64",
          ranges.map(({ step }) => step ?? 1),
        ),
      );
    }
    return this.single("Slice", inputs, x.dtype, shape);
  }

  /** Pieces of the given sizes along `axis`. */
  Split(x: Value, sizes: readonly number[], axis: number): Value[] {
    const along = this.axisOf(x, axis);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (!dimsFit(x.shape[along] as Dim, total)) {
      this.fail(
        `${describeValue(x)} cannot be split into ${sizes.join(" + ")} along axis ${along}`,
      );
    }
    const outputs = sizes.map((size) => ({
      dtype: x.dtype,
      shape: replaced(x.shape, along, size),
    }));
    return this.node("Split", [x, this.constant("int64", sizes)], outputs, {
      axis: { int: along },
    });
  }

  /**
   * Constant or reflecting padding. `pads` is `[begin of each axis…, end of each axis…]`, or a
   * value; then `result` must say the sizes.
   */
  Pad(
    x: Value,
    pads: readonly number[] | Value,
    options: {
      readonly mode?: "constant" | "reflect";
      readonly value?: number;
      readonly result?: readonly Dim[];
    } = {},
  ): Value {
    const mode = { mode: { string: options.mode ?? "constant" } };
    const fill = options.value === undefined ? [] : [this.operand(options.value, x)];
    if (!Array.isArray(pads)) {
      const sizes =
        options.result ?? this.fail("Pad by a computed amount needs the result's sizes");
      return this.single("Pad", [x, pads as Value, ...fill], x.dtype, sizes, mode);
    }
    const amounts = pads as readonly number[];
    const rank = x.shape.length;
    if (amounts.length !== 2 * rank) this.fail(`${amounts.length} pads for ${describeValue(x)}`);
    const shape = x.shape.map((dim, axis) =>
      addDim(dim, (amounts[axis] ?? 0) + (amounts[axis + rank] ?? 0)),
    );
    return this.single("Pad", [x, this.constant("int64", amounts), ...fill], x.dtype, shape, mode);
  }

  /** The sizes of `x` as int64. */
  Shape(x: Value): Value {
    return this.single("Shape", [x], "int64", [x.shape.length]);
  }

  /** The size of one axis as int64 `[1]`. */
  sizeOf(x: Value, axis: number): Value {
    const place = this.axisOf(x, axis);
    return this.Slice(this.Shape(x), [{ axis: 0, start: place, end: place + 1, size: 1 }]);
  }

  /** Rows of `x` along `axis`. */
  Gather(x: Value, indices: Value, axis: number): Value {
    this.requireDType("Gather", indices, INTEGERS);
    const along = this.axisOf(x, axis);
    const shape = [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)];
    return this.single("Gather", [x, indices], x.dtype, shape, { axis: { int: along } });
  }

  /**
   * Elements of `x` named by `indices` [batch…, places…, n], which hold the position along the `n`
   * axes behind the `batchDims` leading ones that both have.
   */
  GatherND(x: Value, indices: Value, batchDims: number): Value {
    this.requireDType("GatherND", indices, ["int64"]);
    const depth = indices.shape.at(-1);
    const fits =
      typeof depth === "number" &&
      batchDims < indices.shape.length &&
      batchDims + depth <= x.shape.length &&
      x.shape.slice(0, batchDims).every((dim, axis) => dimsFit(dim, indices.shape[axis] as Dim));
    if (!fits) {
      return this.fail(
        `GatherND (batch_dims ${batchDims}): ${describeValue(indices)} does not fit ${describeValue(x)}`,
      );
    }
    const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(batchDims + depth)];
    return this.single("GatherND", [x, indices], x.dtype, shape, {
      batch_dims: { int: batchDims },
    });
  }

  /** `start, start + delta, …` up to `limit` (exclusive); all are scalars. `size` is the length. */
  Range(start: Value, limit: Value, delta: Value, size: Dim): Value {
    const scalars = [start, limit, delta];
    if (scalars.some((value) => value.shape.length !== 0 || value.dtype !== start.dtype)) {
      this.fail(`Range takes three scalars, not ${scalars.map(describeValue).join(", ")}`);
    }
    return this.single("Range", scalars, start.dtype, [size]);
  }

  #reshaped(x: Value, sizes: readonly number[]): Dim[] {
    const kept = sizes.map((size, axis) => (size === 0 ? (x.shape[axis] ?? UNKNOWN_DIM) : size));
    const known = kept.filter((size) => size !== -1);
    const rest = [...x.shape];
    for (const size of known) {
      const place = rest.indexOf(size);
      if (place >= 0) rest.splice(place, 1);
      else rest.push(...this.#divided(rest, size));
    }
    const remainder = rest.reduce(multiplyDims, 1);
    if (!sizes.includes(-1) && remainder !== 1 && typeof remainder === "number") {
      this.fail(`${describeValue(x)} cannot be reshaped to [${sizes.join(", ")}]`);
    }
    return kept.map((size) => (size === -1 ? remainder : size));
  }

  /** Takes a factor out of the numeric sizes of `rest`; gives what is to be added to them. */
  #divided(rest: Dim[], factor: Dim): Dim[] {
    if (factor === 1) return [];
    const numbers = rest.filter((dim) => typeof dim === "number");
    const product = numbers.reduce((total, dim) => total * dim, 1);
    if (typeof factor !== "number") return [UNKNOWN_DIM];
    const symbols = rest.filter((dim) => typeof dim === "string");
    rest.length = 0;
    rest.push(...symbols);
    if (product % factor === 0) return [product / factor];
    return symbols.length > 0
      ? [UNKNOWN_DIM]
      : this.fail(`${product} elements are not a multiple of ${factor}`);
  }

  #joined(sum: Value, value: Value, axis: number): Value {
    const fits =
      value.dtype === sum.dtype &&
      value.shape.length === sum.shape.length &&
      value.shape.every((dim, place) => place === axis || dimsFit(dim, sum.shape[place] as Dim));
    if (!fits) return this.fail(`Concat: ${describeValue(sum)} and ${describeValue(value)}`);
    const shape = sum.shape.map((dim, place) =>
      place === axis
        ? sumDims(dim, value.shape[place] as Dim)
        : knownDim(dim, value.shape[place] as Dim),
    );
    return { ...sum, shape };
  }

  #bounds(bounds: readonly (number | Value)[]): Value {
    if (bounds.every((bound) => typeof bound === "number")) return this.constant("int64", bounds);
    const [only] = bounds;
    if (bounds.length === 1 && typeof only === "object") return only;
    const parts = bounds.map((bound) =>
      typeof bound === "number" ? this.constant("int64", [bound]) : bound,
    );
    return this.Concat(parts, 0);
  }
}

function slicedDim(dim: Dim, { start, end, step }: SliceRange): Dim {
  if (typeof start !== "number" || typeof end === "object" || step !== undefined)
    return UNKNOWN_DIM;
  if (end === undefined) {
    if (start < 0) return -start;
    return addDim(dim, -start);
  }
  if (start >= 0 && end < 0) return addDim(dim, end - start);
  if (start < 0 !== end < 0) return UNKNOWN_DIM;
  return typeof dim === "number" ? Math.max(0, Math.min(end, dim) - start) : end - start;
}

function replaced(shape: readonly Dim[], axis: number, dim: Dim): Dim[] {
  return shape.map((size, place) => (place === axis ? dim : size));
}
