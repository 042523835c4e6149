/** Reductions over axes, and running sums. Axes are non-negative here, whatever the caller counts from. */
import type { DType } from "../../tensor/dtype.ts";
import type { Attribute, Dim } from "../../tensor/model-graph.ts";
import type { Value } from "../value.ts";
import { MathOps } from "./math.ts";

export interface ReduceOptions {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}

/** From this opset on, ReduceMean and ReduceMax take their axes as an input, as ReduceSum does. */
const AXES_AS_INPUT_OPSET = 18;

export class ReduceOps extends MathOps {
  ReduceSum = (x: Value, options: ReduceOptions): Value =>
    this.#reduce("ReduceSum", x, options, true);
  ReduceMean = (x: Value, options: ReduceOptions): Value =>
    this.#reduce("ReduceMean", x, options, this.opset >= AXES_AS_INPUT_OPSET);
  ReduceMax = (x: Value, options: ReduceOptions): Value =>
    this.#reduce("ReduceMax", x, options, this.opset >= AXES_AS_INPUT_OPSET);

  /** Index (int64) of the largest element; the first one if several are equal. */
  ArgMax(x: Value, options: { readonly axis: number; readonly keepdims: boolean }): Value {
    const axis = this.axisOf(x, options.axis);
    const attributes = { axis: { int: axis }, keepdims: { int: Number(options.keepdims) } };
    const shape = reducedShape(x.shape, [axis], options.keepdims);
    return this.single("ArgMax", [x], "int64", shape, attributes);
  }

  /** Running sums along `axis`, each element included in its own. */
  CumSum(x: Value, axis: number): Value {
    this.requireDType("CumSum", x, REDUCIBLE);
    const along = this.constant("int64", this.axisOf(x, axis));
    return this.single("CumSum", [x, along], x.dtype, x.shape);
  }

  /** The axis counted from the front, checked against the rank. */
  protected axisOf(x: Value, axis: number): number {
    const rank = x.shape.length;
    if (axis < -rank || axis >= rank) this.fail(`axis ${axis} of a value of rank ${rank}`);
    return axis < 0 ? axis + rank : axis;
  }

  #reduce(opType: string, x: Value, options: ReduceOptions, axesAsInput: boolean): Value {
    this.requireDType(opType, x, REDUCIBLE);
    const axes = options.axes.map((axis) => this.axisOf(x, axis));
    const attributes: Record<string, Attribute> = { keepdims: { int: Number(options.keepdims) } };
    const inputs = [x];
    if (axesAsInput) inputs.push(this.constant("int64", axes));
    else attributes["axes"] = { ints: axes };
    return this.single(
      opType,
      inputs,
      x.dtype,
      reducedShape(x.shape, axes, options.keepdims),
      attributes,
    );
  }
}

const REDUCIBLE: readonly DType[] = ["float32", "float16", "float64", "int32", "int64"];

function reducedShape(shape: readonly Dim[], axes: readonly number[], keepdims: boolean): Dim[] {
  if (keepdims) return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return shape.filter((_, axis) => !axes.includes(axis));
}
