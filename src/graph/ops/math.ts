/** Elementwise arithmetic, comparisons, logic, Cast, Where and MatMul. */
import type { DType, NumericDType } from "../../tensor/dtype.ts";
import type { Attribute, Dim } from "../../tensor/model-graph.ts";
import { DTYPES } from "../../tensor/dtype.ts";
import { broadcastShapes, dimsFit } from "../dims.ts";
import { GraphRecorder } from "../recorder.ts";
import { describeValue, type Value } from "../value.ts";

/** A value, or a number that becomes a constant of the other operand's type. */
export type Operand = Value | number;

const FLOATS: readonly DType[] = ["float32", "float16", "float64", "bfloat16"];
const NUMBERS: readonly DType[] = [...FLOATS, "int32", "int64"];
const LOGICAL: readonly DType[] = ["bool"];

export class MathOps extends GraphRecorder {
  Add = (a: Operand, b: Operand): Value => this.#binary("Add", a, b, NUMBERS);
  Sub = (a: Operand, b: Operand): Value => this.#binary("Sub", a, b, NUMBERS);
  Mul = (a: Operand, b: Operand): Value => this.#binary("Mul", a, b, NUMBERS);
  Div = (a: Operand, b: Operand): Value => this.#binary("Div", a, b, NUMBERS);
  Max = (a: Operand, b: Operand): Value => this.#binary("Max", a, b, NUMBERS);
  Min = (a: Operand, b: Operand): Value => this.#binary("Min", a, b, NUMBERS);
  Less = (a: Operand, b: Operand): Value => this.#binary("Less", a, b, NUMBERS, "bool");
  LessOrEqual = (a: Operand, b: Operand): Value =>
    this.#binary("LessOrEqual", a, b, NUMBERS, "bool");
  Equal = (a: Operand, b: Operand): Value => this.#binary("Equal", a, b, NUMBERS, "bool");
  And = (a: Value, b: Value): Value => this.#binary("And", a, b, LOGICAL);

  Not = (x: Value): Value => this.#unary("Not", x, LOGICAL);
  Abs = (x: Value): Value => this.#unary("Abs", x, NUMBERS);
  Neg = (x: Value): Value => this.#unary("Neg", x, NUMBERS);
  Sqrt = (x: Value): Value => this.#unary("Sqrt", x, FLOATS);
  Exp = (x: Value): Value => this.#unary("Exp", x, FLOATS);
  Log = (x: Value): Value => this.#unary("Log", x, FLOATS);
  Floor = (x: Value): Value => this.#unary("Floor", x, FLOATS);
  Sin = (x: Value): Value => this.#unary("Sin", x, FLOATS);
  Cos = (x: Value): Value => this.#unary("Cos", x, FLOATS);
  Erf = (x: Value): Value => this.#unary("Erf", x, FLOATS);
  Tanh = (x: Value): Value => this.#unary("Tanh", x, FLOATS);
  Relu = (x: Value): Value => this.#unary("Relu", x, FLOATS);
  Sigmoid = (x: Value): Value => this.#unary("Sigmoid", x, FLOATS);
  /** `alpha` is the slope below 0. */
  LeakyRelu = (x: Value, alpha: number): Value =>
    this.#unary("LeakyRelu", x, FLOATS, { alpha: { float: alpha } });
  Selu = (x: Value, attributes: { readonly alpha: number; readonly gamma: number }): Value =>
    this.#unary("Selu", x, FLOATS, {
      alpha: { float: attributes.alpha },
      gamma: { float: attributes.gamma },
    });

  /** Limits to `min` … `max`. */
  Clip(x: Value, min: number, max: number): Value {
    const [low, high] = [min, max].map((limit) => this.operand(limit, x));
    return this.single("Clip", [x, low, high], x.dtype, x.shape);
  }

  Cast(x: Value, to: NumericDType): Value {
    if (x.dtype === to) return x;
    return this.single("Cast", [x], to, x.shape, { to: { int: DTYPES[to].onnx } });
  }

  /** `condition ? a : b`, elementwise. */
  Where(condition: Value, a: Operand, b: Operand): Value {
    this.requireDType("Where", condition, LOGICAL);
    const [x, y] = this.#operands(a, b);
    if (x.dtype !== y.dtype) this.fail(`Where of ${describeValue(x)} and ${describeValue(y)}`);
    const shape = broadcastShapes(condition.shape, broadcastShapes(x.shape, y.shape) ?? []);
    if (shape === undefined || broadcastShapes(x.shape, y.shape) === undefined) {
      const [c, v, w] = [condition, x, y].map(describeValue);
      return this.fail(`Where: ${c}, ${v} and ${w} do not broadcast`);
    }
    return this.single("Where", [condition, x, y], x.dtype, shape);
  }

  /** Matrix product over the last two axes; the axes before broadcast. */
  MatMul(a: Value, b: Value): Value {
    this.requireDType("MatMul", a, FLOATS);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const [rows, inner] = a.shape.slice(-2);
    const [innerB, columns] = b.shape.slice(-2);
    const ranks = a.shape.length >= 2 && b.shape.length >= 2;
    const fits = ranks && dimsFit(inner as Dim, innerB as Dim) && a.dtype === b.dtype;
    if (!fits || batch === undefined) {
      return this.fail(`MatMul: ${describeValue(a)} does not fit ${describeValue(b)}`);
    }
    return this.single("MatMul", [a, b], a.dtype, [...batch, rows as Dim, columns as Dim]);
  }

  /** The operand as a value; a number becomes a constant of the type of `like`. */
  protected operand(operand: Operand, like: Value): Value {
    if (typeof operand !== "number") return operand;
    if (like.dtype === "string") return this.fail("a number does not go with text");
    return this.constant(like.dtype, operand);
  }

  protected requireDType(opType: string, x: Value, allowed: readonly DType[]): void {
    if (allowed.includes(x.dtype)) return;
    this.fail(`${opType} takes ${allowed.join(", ")}, not ${describeValue(x)}`);
  }

  #operands(a: Operand, b: Operand): [Value, Value] {
    if (typeof a === "number" && typeof b === "number")
      return this.fail("both operands are numbers");
    return [this.operand(a, b as Value), this.operand(b, a as Value)];
  }

  #binary(opType: string, a: Operand, b: Operand, allowed: readonly DType[], to?: DType): Value {
    const [x, y] = this.#operands(a, b);
    this.requireDType(opType, x, allowed);
    const shape = broadcastShapes(x.shape, y.shape);
    if (x.dtype !== y.dtype || shape === undefined) {
      return this.fail(`${opType}: ${describeValue(x)} does not fit ${describeValue(y)}`);
    }
    return this.single(opType, [x, y], to ?? x.dtype, shape);
  }

  #unary(
    opType: string,
    x: Value,
    allowed: readonly DType[],
    attributes?: Readonly<Record<string, Attribute>>,
  ): Value {
    this.requireDType(opType, x, allowed);
    return this.single(opType, [x], x.dtype, x.shape, attributes);
  }
}
