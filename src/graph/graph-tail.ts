/** New nodes at the end of a finished graph: how a model of the repository gets its own outputs. */
import { ToolError } from "../errors/tool-error.ts";
import { memoryView } from "../tensor/memory-view.ts";
import type { Attribute, GraphNode, Initializer, ModelGraph } from "../tensor/model-graph.ts";

/** Collects nodes and constants for the end of a graph, with names that no other value has. */
export class GraphTail {
  readonly nodes: GraphNode[] = [];
  readonly initializers: Initializer[] = [];
  readonly #names: Set<string>;
  readonly #prefix: string;

  /** @param prefix stands before the names of what is added */
  constructor(graph: ModelGraph, prefix: string) {
    this.#prefix = prefix;
    this.#names = new Set([
      ...graph.inputs.map(({ name }) => name),
      ...graph.initializers.map(({ name }) => name),
      ...graph.nodes.flatMap(({ name, outputs }) => [name, ...outputs]),
    ]);
  }

  /** Adds a node; its output is named `output` or after the op. */
  add(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    output?: string,
  ): string {
    const [name] = this.addWithOutputs(opType, inputs, attributes, [output]);
    return name as string;
  }

  /** A node with several outputs, each named as given or after the op. */
  addWithOutputs(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly (string | undefined)[],
  ): string[] {
    const names = outputs.map((output) => this.#take(opType, output));
    const [name = opType] = names;
    this.nodes.push({ name, opType, domain: "", inputs, outputs: names, attributes });
    return names;
  }

  #take(opType: string, output: string | undefined): string {
    if (output !== undefined && this.#names.has(output)) {
      throw new ToolError("INVALID_GRAPH", `the model has a value named ${output} already`, {
        at: output,
        hint: "the model was reduced before; use the model as it was exported",
      });
    }
    const name = output ?? this.#fresh(`${this.#prefix}/${opType}`);
    this.#names.add(name);
    return name;
  }

  constant(suffix: string, values: readonly bigint[], shape: readonly number[]): string {
    const name = this.#fresh(`${this.#prefix}/${suffix}`);
    this.#names.add(name);
    const view = memoryView("int64", BigInt64Array.from(values), shape);
    this.initializers.push({ name, dtype: "int64", shape, view });
    return name;
  }

  #fresh(base: string): string {
    let name = base;
    for (let count = 1; this.#names.has(name); count++) name = `${base}_${count}`;
    return name;
  }
}
