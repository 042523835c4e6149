/**
 * Turns an acoustic model into the form of the model repository: the most probable token of each
 * timestep leaves the graph, and never the whole matrix of log-probabilities.
 * See docs/formats/speech-recognition-repository.md.
 */
import { ToolError } from "../errors/tool-error.ts";
import { DTYPES } from "../tensor/dtype.ts";
import {
  UNKNOWN_DIM,
  type Attribute,
  type Dim,
  type ModelGraph,
  type ValueInfo,
} from "../tensor/model-graph.ts";
import { GraphTail } from "./graph-tail.ts";

/** From this opset on, ReduceMax takes its axes as an input. */
const AXES_AS_INPUT_OPSET = 18;

export interface GreedyReductionOptions {
  /** Input frames per timestep. */
  readonly subsamplingFactor: number;
}

/**
 * `audio_signal` [, `length`] → `logprobs` [B, T, V] becomes `audio_signal`, `length` →
 * `TOKENS` int32 [B, T], `TOKEN_SCORES` float32 [B, T], `TOKENS_LENGTH` int64 [B], the last being
 * ceil(length / subsamplingFactor). IR version and opset stay.
 * @throws ToolError INVALID_GRAPH if it is no such acoustic model.
 */
export function appendGreedyReduction(
  graph: ModelGraph,
  options: GreedyReductionOptions,
): ModelGraph {
  const { audio, length, logprobs } = acousticSignature(graph);
  const batch = logprobs.shape?.[0] ?? UNKNOWN_DIM;
  const steps = logprobs.shape?.[1] ?? UNKNOWN_DIM;
  const { subsamplingFactor } = options;
  const tail = new GraphTail(graph, "greedy");

  const scores = asFloat32(tail, logprobs);
  const along = { axis: int(-1), keepdims: int(0) };
  const tokens = tail.add("ArgMax", [scores], along);
  tail.add("Cast", [tokens], { to: int(DTYPES.int32.onnx) }, "TOKENS");
  if ((graph.opsets[""] ?? 0) >= AXES_AS_INPUT_OPSET) {
    tail.add(
      "ReduceMax",
      [scores, tail.constant("axes", [-1n], [1])],
      { keepdims: int(0) },
      "TOKEN_SCORES",
    );
  } else {
    tail.add("ReduceMax", [scores], { axes: { ints: [-1] }, keepdims: int(0) }, "TOKEN_SCORES");
  }
  addTokensLength(tail, length, subsamplingFactor);

  return {
    ...graph,
    inputs: [audio, length],
    outputs: [
      { name: "TOKENS", dtype: "int32", shape: [batch, steps] },
      { name: "TOKEN_SCORES", dtype: "float32", shape: [batch, steps] },
      { name: "TOKENS_LENGTH", dtype: "int64", shape: length.shape },
    ],
    nodes: [...graph.nodes, ...tail.nodes],
    initializers: [...graph.initializers, ...tail.initializers],
  };
}

const int = (value: number): Attribute => ({ int: value });

/** The log-probabilities in single precision. */
export function asFloat32(tail: GraphTail, { name, dtype }: ValueInfo): string {
  return dtype === "float32" ? name : tail.add("Cast", [name], { to: int(DTYPES.float32.onnx) });
}

/** `TOKENS_LENGTH`, ceil(length / subsamplingFactor). */
export function addTokensLength(
  tail: GraphTail,
  length: ValueInfo,
  subsamplingFactor: number,
): void {
  const factor = BigInt(subsamplingFactor);
  const rounded = tail.add("Add", [length.name, tail.constant("round_up", [factor - 1n], [])], {});
  tail.add(
    "Div",
    [rounded, tail.constant("subsampling_factor", [factor], [])],
    {},
    "TOKENS_LENGTH",
  );
}

export interface AcousticSignature {
  readonly audio: ValueInfo;
  readonly length: ValueInfo;
  readonly logprobs: ValueInfo;
}

/** @throws ToolError INVALID_GRAPH if it is no acoustic model */
export function acousticSignature({ name, inputs, outputs }: ModelGraph): AcousticSignature {
  const [logprobs] = outputs;
  const audio = inputs.find((input) => input.name === "audio_signal");
  const length = inputs.find((input) => input.name === "length");
  const others = inputs.filter((input) => input !== audio && input !== length);
  const isAcoustic =
    audio?.dtype === "float32" &&
    rankIs(audio.shape, 3) &&
    (length === undefined || (length.dtype === "int64" && rankIs(length.shape, 1))) &&
    others.length === 0 &&
    outputs.length === 1 &&
    (logprobs?.dtype === "float32" || logprobs?.dtype === "float16") &&
    rankIs(logprobs.shape, 3);
  if (!isAcoustic) {
    const names = (values: readonly ValueInfo[]): string =>
      values.map((v) => `${v.name} (${v.dtype})`).join(", ");
    throw new ToolError(
      "INVALID_GRAPH",
      `not a CTC acoustic model: inputs ${names(inputs)}; outputs ${names(outputs)}`,
      {
        at: name,
        hint: "expected are audio_signal [B, features, T], optionally length [B] (int64), and one output [B, T, classes]",
      },
    );
  }
  const added: ValueInfo = {
    name: "length",
    dtype: "int64",
    shape: [audio.shape?.[0] ?? UNKNOWN_DIM],
  };
  return { audio, length: length ?? added, logprobs };
}

function rankIs(shape: readonly Dim[] | undefined, rank: number): boolean {
  return shape === undefined || shape.length === rank;
}
