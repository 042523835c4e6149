/** The graph builder as a library of its own: `servicemaker/graph`. */
export { GraphBuilder } from "./builder.ts";
export { checkGraph } from "./check.ts";
export { appendGreedyReduction, type GreedyReductionOptions } from "./greedy-reduction.ts";
export type { ConvOptions, ConvTransposeOptions, PoolOptions } from "./ops/convolution.ts";
export type { Operand } from "./ops/math.ts";
export type { ReduceOptions } from "./ops/reduce.ts";
export type { SliceRange } from "./ops/shape.ts";
export { printGraph } from "./print.ts";
export type { GraphOptions } from "./recorder.ts";
export type { Value } from "./value.ts";
export { memoryView } from "../tensor/memory-view.ts";
export type {
  Attribute,
  Dim,
  GraphNode,
  Initializer,
  ModelGraph,
  ValueInfo,
} from "../tensor/model-graph.ts";
