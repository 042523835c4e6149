/** The rules that hold for every graph we make, checked before it is written. */
import { ToolError } from "../errors/tool-error.ts";
import type { ModelGraph } from "../tensor/model-graph.ts";

/**
 * Checks that every value is defined once and before its use, and that no input, weight or node
 * is useless. For graphs made by the builder; in a graph that was read, subgraphs may use values
 * that this does not see.
 * @throws ToolError INVALID_GRAPH naming the value.
 */
export function checkGraph(graph: ModelGraph): void {
  const defined = new Set<string>();
  const used = new Set(graph.outputs.map(({ name }) => name));
  const define = (name: string): void => {
    if (defined.has(name)) refuse(graph, `the value ${name} is defined twice`);
    defined.add(name);
  };
  for (const { name } of graph.inputs) define(name);
  for (const { name } of graph.initializers) define(name);
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name !== "" && !defined.has(name))
        refuse(graph, `${node.name} uses ${name}, which is not defined before it`);
      used.add(name);
    }
    node.outputs.forEach(define);
  }
  for (const { name } of graph.outputs) {
    if (!defined.has(name)) refuse(graph, `the output ${name} is not defined`);
  }
  const useless = [
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes
      .filter((node) => !node.outputs.some((name) => used.has(name)))
      .map(({ name }) => name),
  ].find((name) => !used.has(name));
  if (useless !== undefined) refuse(graph, `${useless} is not used`);
}

function refuse(graph: ModelGraph, message: string): never {
  throw new ToolError("INVALID_GRAPH", message, {
    at: graph.name,
    hint: "a graph must define each value once, before its use, and use all that it defines",
  });
}
