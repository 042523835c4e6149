/**
 * The part of the builder that knows no op: scopes, names, constants, weights, inputs, outputs.
 * Names are made from the scope path and the op type, so that node, initializer and state-dict
 * key agree and the same calls always give the same graph.
 */
import { assert, ToolError } from "../errors/tool-error.ts";
import type { DType, NumericDType } from "../tensor/dtype.ts";
import { memoryView } from "../tensor/memory-view.ts";
import type {
  Attribute,
  Dim,
  GraphNode,
  Initializer,
  ModelGraph,
  ValueInfo,
} from "../tensor/model-graph.ts";
import { countElements, sameShape } from "../tensor/shape.ts";
import { ARRAY_TYPES } from "../tensor/tensor.ts";
import type { TensorView } from "../tensor/tensor-view.ts";
import { removeUnused } from "./remove-unused.ts";
import type { Value } from "./value.ts";

/** IR version and opset of a graph unless somebody asks otherwise: what Riva's engines load. */
export const DEFAULT_IR_VERSION = 8;
export const DEFAULT_OPSET = 17;
/** Opsets that the builder can write. */
export const MIN_OPSET = 13;
export const MAX_OPSET = 21;

export interface GraphOptions {
  readonly name: string;
  /** Version of the standard operators, {@link MIN_OPSET} to {@link MAX_OPSET}. */
  readonly opset?: number;
  readonly irVersion?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Constants of at most this many elements are named by their values and shared. */
const MAX_SHARED_ELEMENTS = 16;

type Outputs = readonly { readonly dtype: DType; readonly shape: readonly Dim[] }[];

export class GraphRecorder {
  readonly opset: number;
  readonly #options: GraphOptions;
  readonly #scopes: string[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #values = new Map<string, Value>();
  readonly #nodeCounts = new Map<string, number>();
  /** Names that node outputs lose when they become outputs of the graph. */
  readonly #renamed = new Map<string, string>();

  /** @throws ToolError UNSUPPORTED for an opset that the builder cannot write. */
  constructor(options: GraphOptions) {
    this.#options = options;
    this.opset = options.opset ?? DEFAULT_OPSET;
    if (Number.isInteger(this.opset) && this.opset >= MIN_OPSET && this.opset <= MAX_OPSET) return;
    throw new ToolError("UNSUPPORTED", `opset ${this.opset} cannot be written`, {
      hint: `choose an opset from ${MIN_OPSET} to ${MAX_OPSET}; ${DEFAULT_OPSET} is the default`,
    });
  }

  /** Runs `body` with `path` in front of all names that are made and errors that are thrown. */
  scope<T>(path: string, body: () => T): T {
    this.#scopes.push(path);
    try {
      return body();
    } finally {
      this.#scopes.pop();
    }
  }

  /** Like {@link scope}, with a path that does not continue the running one. */
  within<T>(path: string, body: () => T): T {
    const outer = this.#scopes.splice(0);
    try {
      return this.scope(path, body);
    } finally {
      this.#scopes.push(...outer);
    }
  }

  input(name: string, dtype: DType, shape: readonly Dim[]): Value {
    this.#inputs.push({ name, dtype, shape });
    return this.#define({ name, dtype, shape });
  }

  /** Makes `value` an output of the graph under `name`. */
  output(name: string, value: Value): void {
    this.use(value);
    const isNodeOutput = this.#nodes.some((node) => node.outputs.includes(value.name));
    if (isNodeOutput && !this.#renamed.has(value.name)) {
      if (this.#values.has(name)) this.fail(`the name ${name} is taken`);
      this.#values.set(name, value);
      this.#renamed.set(value.name, name);
    } else {
      const copy = this.node("Identity", [value], [value]);
      return this.output(name, copy[0] as Value);
    }
    this.#outputs.push({ name, dtype: value.dtype, shape: value.shape });
  }

  /** A weight of the checkpoint under its state-dict key; written as `dtype`, read lazily. */
  weight(name: string, view: TensorView, dtype: NumericDType = "float32"): Value {
    const known = this.#initializers.get(name);
    if (known === undefined) return this.#initializer({ name, dtype, shape: view.shape, view });
    assert(known.view === view && known.dtype === dtype, `two different weights are named ${name}`);
    return this.#values.get(name) as Value;
  }

  /** A constant. Small ones are named by their values and shared; others need a `name`. */
  constant(
    dtype: NumericDType,
    values: readonly number[] | number,
    shape?: readonly number[],
    name?: string,
  ): Value {
    const list = typeof values === "number" ? [values] : values;
    const dims = shape ?? (typeof values === "number" ? [] : [list.length]);
    assert(countElements(dims) === list.length, `${list.length} values for [${dims.join(", ")}]`);
    const key = name ?? constantName(dtype, list, dims);
    const known = this.#values.get(key);
    if (known !== undefined && name === undefined) return known;
    return this.#initializer({ name: key, dtype, shape: dims, view: viewOf(dtype, list, dims) });
  }

  /**
   * The same value with sizes that the caller knows better than shape inference does.
   * @throws ToolError INVALID_GRAPH if a known size is contradicted.
   */
  withShape(value: Value, shape: readonly Dim[]): Value {
    this.use(value);
    const contradicts = (dim: Dim, axis: number): boolean =>
      typeof dim === "number" && typeof shape[axis] === "number" && dim !== shape[axis];
    if (shape.length !== value.shape.length || value.shape.some(contradicts)) {
      this.fail(`a value of shape [${value.shape.join(", ")}] is not [${shape.join(", ")}]`);
    }
    const renamed = { ...value, shape };
    this.#values.set(value.name, renamed);
    return renamed;
  }

  /** Adds a node; families of ops call it after their checks. */
  protected node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputs: Outputs,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    for (const input of inputs) if (input !== undefined) this.use(input);
    const name = this.#nodeName(opType);
    const values = outputs.map(({ dtype, shape }, index) =>
      this.#define({ name: outputs.length === 1 ? name : `${name}:${index}`, dtype, shape }),
    );
    this.#nodes.push({
      name,
      opType,
      domain: "",
      inputs: inputs.map((input) => input?.name ?? ""),
      outputs: values.map((value) => value.name),
      attributes,
    });
    return values;
  }

  /** Adds a node with one output. */
  protected single(
    opType: string,
    inputs: readonly (Value | undefined)[],
    dtype: DType,
    shape: readonly Dim[],
    attributes?: Readonly<Record<string, Attribute>>,
  ): Value {
    return this.node(opType, inputs, [{ dtype, shape }], attributes)[0] as Value;
  }

  /** Checks that a value was made by this builder. */
  protected use(value: Value): void {
    assert(this.#values.has(value.name), `value ${value.name} belongs to another graph`);
  }

  /** Throws INVALID_GRAPH at the current scope. */
  protected fail(message: string): never {
    throw new ToolError("INVALID_GRAPH", message, {
      at: this.#scopes.length === 0 ? this.#options.name : this.#scopes.join("/"),
      hint: "the sizes of this layer contradict each other: the configuration and the weights may be of different models",
    });
  }

  /** The finished graph, without nodes and weights that no output needs. */
  build(): ModelGraph {
    const final = (name: string): string => this.#renamed.get(name) ?? name;
    const opset = this.opset;
    return removeUnused({
      name: this.#options.name,
      irVersion: this.#options.irVersion ?? DEFAULT_IR_VERSION,
      opsets: { "": opset },
      producerName: "servicemaker",
      producerVersion: "",
      metadata: this.#options.metadata ?? {},
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(final),
        outputs: node.outputs.map(final),
      })),
      initializers: [...this.#initializers.values()],
    });
  }

  #nodeName(opType: string): string {
    const base = [...this.#scopes, opType].join("/");
    const count = this.#nodeCounts.get(base) ?? 0;
    this.#nodeCounts.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  }

  #initializer(initializer: Initializer): Value {
    this.#initializers.set(initializer.name, initializer);
    const { name, dtype, shape, view } = initializer;
    assert(sameShape(shape, view.shape), `initializer ${name} has another shape than its view`);
    return this.#define({ name, dtype, shape });
  }

  #define(value: Value): Value {
    if (this.#values.has(value.name)) this.fail(`the name ${value.name} is taken`);
    this.#values.set(value.name, value);
    return value;
  }
}

function constantName(dtype: DType, values: readonly number[], shape: readonly number[]): string {
  assert(values.length <= MAX_SHARED_ELEMENTS, "a large constant needs a name");
  const text = values.map((value) => (Object.is(value, -0) ? "-0" : String(value))).join(",");
  if (shape.length === 0) return `${dtype}(${text})`;
  return shape.length === 1 ? `${dtype}[${text}]` : `${dtype}[${text}]:${shape.join("x")}`;
}

function viewOf(
  dtype: NumericDType,
  values: readonly number[],
  shape: readonly number[],
): TensorView {
  assert(dtype !== "float16" && dtype !== "bfloat16", "constants are not made as half floats");
  if (dtype === "int64" || dtype === "uint64") {
    return memoryView(dtype, ARRAY_TYPES[dtype].from(values.map(BigInt)) as never, shape);
  }
  return memoryView(dtype, ARRAY_TYPES[dtype].from(values) as never, shape);
}
