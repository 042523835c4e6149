/**
 * Turns the logits of a language model into what the steps after it need, inside of the graph:
 * probabilities, the best class of each token, or the best first and last tokens of an answer.
 * See docs/formats/language-repository.md.
 */
import { ToolError } from "../errors/tool-error.ts";
import { DTYPES } from "../tensor/dtype.ts";
import {
  type Attribute,
  type ModelGraph,
  UNKNOWN_DIM,
  type ValueInfo,
} from "../tensor/model-graph.ts";
import { GraphTail } from "./graph-tail.ts";

/** From this opset on, ReduceMax takes its axes as an input. */
const AXES_AS_INPUT_OPSET = 18;

export type HeadReduction =
  /** `name`: softmax over the classes, the shape stays. */
  | { readonly kind: "probabilities"; readonly logits: string; readonly name: string }
  /** `TOKEN_LABELS` int32 and `TOKEN_SCORES` (probability), both [B, T]. */
  | { readonly kind: "labels"; readonly logits: string }
  /**
   * Of logits [B, T, 2]: `START_LOGITS`, `START_INDEXES`, `END_LOGITS`, `END_INDEXES` [B, count]
   * and `NULL_LOGITS` [B, 2], those of the first token.
   */
  | { readonly kind: "answers"; readonly logits: string; readonly count: number };

/**
 * The graph with its logits reduced; outputs that no reduction names are dropped.
 * @throws ToolError INVALID_GRAPH if an output is missing or of another shape
 */
export function appendHeadReductions(
  graph: ModelGraph,
  reductions: readonly HeadReduction[],
): ModelGraph {
  const tail = new GraphTail(graph, "head");
  const outputs = reductions.flatMap((reduction) => {
    const logits = findLogits(graph, reduction);
    switch (reduction.kind) {
      case "probabilities":
        return [probabilities(tail, logits, reduction.name)];
      case "labels":
        return labels(tail, logits, graph.opsets[""] ?? 0);
      default:
        return answers(tail, logits, reduction.count);
    }
  });
  return {
    ...graph,
    outputs,
    nodes: [...graph.nodes, ...tail.nodes],
    initializers: [...graph.initializers, ...tail.initializers],
  };
}

const int = (value: number): Attribute => ({ int: value });

function findLogits({ name, outputs }: ModelGraph, reduction: HeadReduction): ValueInfo {
  const found = outputs.find((output) => output.name === reduction.logits);
  const isFloat = found?.dtype === "float32" || found?.dtype === "float16";
  const rank = found?.shape?.length;
  const fits =
    rank === undefined || rank === 3 || (rank === 2 && reduction.kind === "probabilities");
  if (found !== undefined && isFloat && fits) return found;
  const names = outputs.map((v) => `${v.name} (${v.dtype} [${(v.shape ?? []).join(", ")}])`);
  throw new ToolError(
    "INVALID_GRAPH",
    `expected logits as output '${reduction.logits}', found ${names.join(", ")}`,
    {
      at: name,
      hint: "the graph is of another kind of model; export the model again with nemo2riva",
    },
  );
}

function asFloat32(tail: GraphTail, { name, dtype }: ValueInfo): string {
  return dtype === "float32" ? name : tail.add("Cast", [name], { to: int(DTYPES.float32.onnx) });
}

function softmax(tail: GraphTail, logits: ValueInfo, name?: string): string {
  return tail.add("Softmax", [asFloat32(tail, logits)], { axis: int(-1) }, name);
}

function probabilities(tail: GraphTail, logits: ValueInfo, name: string): ValueInfo {
  softmax(tail, logits, name);
  return { name, dtype: "float32", shape: logits.shape };
}

function labels(tail: GraphTail, logits: ValueInfo, opset: number): ValueInfo[] {
  const scores = softmax(tail, logits);
  const best = tail.add("ArgMax", [logits.name], { axis: int(-1), keepdims: int(0) });
  tail.add("Cast", [best], { to: int(DTYPES.int32.onnx) }, "TOKEN_LABELS");
  if (opset >= AXES_AS_INPUT_OPSET) {
    const axes = tail.constant("axes", [-1n], [1]);
    tail.add("ReduceMax", [scores, axes], { keepdims: int(0) }, "TOKEN_SCORES");
  } else {
    tail.add("ReduceMax", [scores], { axes: { ints: [-1] }, keepdims: int(0) }, "TOKEN_SCORES");
  }
  const shape = (logits.shape ?? [UNKNOWN_DIM, UNKNOWN_DIM]).slice(0, 2);
  return [
    { name: "TOKEN_LABELS", dtype: "int32", shape },
    { name: "TOKEN_SCORES", dtype: "float32", shape },
  ];
}

function answers(tail: GraphTail, logits: ValueInfo, count: number): ValueInfo[] {
  const scores = asFloat32(tail, logits);
  const batch = logits.shape?.[0] ?? UNKNOWN_DIM;
  const wanted = tail.constant("count", [BigInt(count)], [1]);
  const best = ["START", "END"].flatMap((end, column): ValueInfo[] => {
    const index = tail.constant(`column_${column}`, [BigInt(column)], []);
    const side = tail.add("Gather", [scores, index], { axis: int(2) });
    const attributes = { axis: int(-1), largest: int(1), sorted: int(1) };
    const [, indexes = ""] = tail.addWithOutputs("TopK", [side, wanted], attributes, [
      `${end}_LOGITS`,
      undefined,
    ]);
    tail.add("Cast", [indexes], { to: int(DTYPES.int32.onnx) }, `${end}_INDEXES`);
    return [
      { name: `${end}_LOGITS`, dtype: "float32", shape: [batch, count] },
      { name: `${end}_INDEXES`, dtype: "int32", shape: [batch, count] },
    ];
  });
  const first = tail.constant("first_token", [0n], []);
  tail.add("Gather", [scores, first], { axis: int(1) }, "NULL_LOGITS");
  return [...best, { name: "NULL_LOGITS", dtype: "float32", shape: [batch, 2] }];
}
