/**
 * Turns an acoustic model into the form that beam search needs: of each timestep the most probable
 * tokens with their log-probabilities and the blank's, never the whole matrix.
 * See docs/formats/speech-recognition-repository.md.
 */
import { ToolError } from "../errors/tool-error.ts";
import { DTYPES } from "../tensor/dtype.ts";
import { UNKNOWN_DIM, type Attribute, type ModelGraph } from "../tensor/model-graph.ts";
import { GraphTail } from "./graph-tail.ts";
import { acousticSignature, addTokensLength, asFloat32 } from "./greedy-reduction.ts";

export interface TopKReductionOptions {
  /** Input frames per timestep. */
  readonly subsamplingFactor: number;
  /** Tokens of a timestep that leave the graph; not more than the model has, blank included. */
  readonly topTokens: number;
  /** Id of the blank. */
  readonly blank: number;
}

/**
 * `audio_signal` [, `length`] → `logprobs` [B, T, V] becomes `audio_signal`, `length` →
 * `TOKENS` int32 [B, T] (the most probable), `TOP_TOKENS` int32 and `TOP_SCORES` float32 [B, T, K]
 * (the most probable first), `BLANK_SCORES` float32 [B, T] and `TOKENS_LENGTH` int64 [B].
 * @throws ToolError INVALID_GRAPH if it is no acoustic model of so many classes.
 */
export function appendTopKReduction(graph: ModelGraph, options: TopKReductionOptions): ModelGraph {
  const { audio, length, logprobs } = acousticSignature(graph);
  const { topTokens, blank } = options;
  const [batch = UNKNOWN_DIM, steps = UNKNOWN_DIM, classes = UNKNOWN_DIM] = logprobs.shape ?? [];
  if (typeof classes === "number" && classes !== blank + 1) throw otherClasses(classes, blank + 1);
  const tail = new GraphTail(graph, "top_k");
  const scores = asFloat32(tail, logprobs);
  const [, ids = ""] = tail.addWithOutputs(
    "TopK",
    [scores, tail.constant("top_tokens", [BigInt(topTokens)], [1])],
    { axis: int(-1), largest: int(1), sorted: int(1) },
    ["TOP_SCORES", undefined],
  );
  const top = tail.add("Cast", [ids], { to: int(DTYPES.int32.onnx) }, "TOP_TOKENS");
  tail.add("Gather", [top, tail.constant("first", [0n], [])], { axis: int(2) }, "TOKENS");
  const blankId = tail.constant("blank", [BigInt(blank)], []);
  tail.add("Gather", [scores, blankId], { axis: int(2) }, "BLANK_SCORES");
  addTokensLength(tail, length, options.subsamplingFactor);
  const row = [batch, steps];
  return {
    ...graph,
    inputs: [audio, length],
    outputs: [
      { name: "TOKENS", dtype: "int32", shape: row },
      { name: "TOP_TOKENS", dtype: "int32", shape: [...row, topTokens] },
      { name: "TOP_SCORES", dtype: "float32", shape: [...row, topTokens] },
      { name: "BLANK_SCORES", dtype: "float32", shape: row },
      { name: "TOKENS_LENGTH", dtype: "int64", shape: length.shape },
    ],
    nodes: [...graph.nodes, ...tail.nodes],
    initializers: [...graph.initializers, ...tail.initializers],
  };
}

const int = (value: number): Attribute => ({ int: value });

function otherClasses(found: number, expected: number): ToolError {
  return new ToolError(
    "INVALID_GRAPH",
    `the graph gives ${found} classes, the vocabulary with the blank has ${expected}`,
    { hint: "graph and model_config.yaml are of different models; export the model again" },
  );
}
