/** The version of the graph format that a model of the repository is stamped with. */
import type { ModelGraph } from "../tensor/model-graph.ts";

/** The graph with the oldest version that its opset allows. */
export function withOldestIrVersion(graph: ModelGraph): ModelGraph {
  return { ...graph, irVersion: Math.min(graph.irVersion, irVersionFor(graph)) };
}

/**
 * The IR version that came with the graph's opset. nemo2riva stamps the newest one it knows,
 * and servers with an older ONNX Runtime then refuse models that they could run.
 * https://github.com/onnx/onnx/blob/main/docs/Versioning.md#released-versions
 */
function irVersionFor({ opsets }: ModelGraph): number {
  const opset = opsets[""] ?? 0;
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  return opset === 21 || opset === 22 ? 10 : Infinity;
}
