/** Drops what no output needs: layers share masks and constants that a variant may not use. */
import type { GraphNode, ModelGraph } from "../tensor/model-graph.ts";

/** The graph without nodes and weights that no output depends on. Inputs stay. */
export function removeUnused(graph: ModelGraph): ModelGraph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    node.inputs.forEach((name) => needed.add(name));
    nodes.push(node);
  }
  return {
    ...graph,
    nodes: nodes.reverse(),
    initializers: graph.initializers.filter(({ name }) => needed.has(name)),
  };
}
