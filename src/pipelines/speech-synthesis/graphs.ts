/**
 * The two networks of a synthesis pipeline in the form of the repository. The acoustic model takes
 * one sentence at a time: an archive's usually takes several, one behind the other, with the places
 * where each begins, and those are worked out in the graph here.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { readRivaGraph } from "../../formats/riva/graph.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import type { GraphNode, Initializer, ModelGraph, ValueInfo } from "../../tensor/model-graph.ts";
import { withOldestIrVersion } from "../ir-version.ts";

const OFFSETS = "batch_lengths";
const SPEAKER = "speaker";
const ACOUSTIC_INPUTS = ["text", "pitch", "pace", "volume"];
const ACOUSTIC_OUTPUTS = ["spect", "num_frames", "durs_predicted", "volume_aligned"];

export interface AcousticGraph {
  readonly graph: ModelGraph;
  /** False: rows have no batch axis, and the graph takes one sentence. */
  readonly hasBatchAxis: boolean;
  readonly takesSpeaker: boolean;
}

/**
 * Reads the exported acoustic model, not its weights.
 * @throws ToolError INVALID_FILE, INVALID_GRAPH if it is no such model
 */
export async function buildAcousticGraph(source: ByteSource): Promise<AcousticGraph> {
  return withPlace(source.name, async () => {
    const exported = await readRivaGraph(source);
    const hasOffsets = exported.inputs.some(({ name }) => name === OFFSETS);
    const expected = hasOffsets ? [...ACOUSTIC_INPUTS, OFFSETS] : ACOUSTIC_INPUTS;
    checkSignature(exported, expected, ACOUSTIC_OUTPUTS, [SPEAKER]);
    const outputs = ACOUSTIC_OUTPUTS.map((name) => findValue(exported.outputs, name));
    const graph = hasOffsets
      ? withOwnOffsets({ ...exported, outputs: outputs.map(withOneRow) })
      : { ...exported, outputs };
    return {
      graph: withOldestIrVersion(graph),
      hasBatchAxis: !hasOffsets,
      takesSpeaker: graph.inputs.some(({ name }) => name === SPEAKER),
    };
  });
}

/** `batch_lengths` becomes [0, number of tokens] instead of an input. */
function withOwnOffsets(graph: ModelGraph): ModelGraph {
  const name = (suffix: string): string => `one_sentence/${suffix}`;
  const zero: Initializer = {
    name: name("zero"),
    dtype: "int64",
    shape: [1],
    view: memoryView("int64", BigInt64Array.of(0n), [1]),
  };
  const node = (
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: GraphNode["attributes"] = {},
  ): GraphNode => ({ name: output, opType, domain: "", inputs, outputs: [output], attributes });
  const INT32 = 6; // ONNX's number of the type
  const nodes = [
    node("Shape", ["text"], name("tokens")),
    node("Concat", [zero.name, name("tokens")], name("offsets"), { axis: { int: 0 } }),
    node("Cast", [name("offsets")], OFFSETS, { to: { int: INT32 } }),
  ];
  return {
    ...graph,
    inputs: graph.inputs
      .filter((input) => input.name !== OFFSETS)
      .map((input) => (input.name === SPEAKER ? withOneRow(input) : input)),
    nodes: [...nodes, ...graph.nodes],
    initializers: [...graph.initializers, zero],
  };
}

/** Runtimes that infer shapes find the one row themselves, and the config must say what they find. */
function withOneRow(value: ValueInfo): ValueInfo {
  return value.shape === undefined ? value : { ...value, shape: [1, ...value.shape.slice(1)] };
}

/** @throws ToolError INVALID_FILE, INVALID_GRAPH if it is no vocoder */
export async function buildVocoderGraph(source: ByteSource): Promise<ModelGraph> {
  return withPlace(source.name, async () => {
    const graph = await readRivaGraph(source);
    checkSignature(graph, ["spec"], ["audio"]);
    return withOldestIrVersion(graph);
  });
}

function checkSignature(
  graph: ModelGraph,
  inputs: readonly string[],
  outputs: readonly string[],
  optional: readonly string[] = [],
): void {
  const has = (values: readonly ValueInfo[], name: string): boolean =>
    values.some((value) => value.name === name);
  const isFitting =
    inputs.every((name) => has(graph.inputs, name)) &&
    outputs.every((name) => has(graph.outputs, name)) &&
    graph.inputs.every(({ name }) => inputs.includes(name) || optional.includes(name));
  if (isFitting) return;
  const names = (values: readonly ValueInfo[]): string => values.map(({ name }) => name).join(", ");
  throw new ToolError(
    "INVALID_GRAPH",
    `expected the inputs ${inputs.join(", ")} and the outputs ${outputs.join(", ")}, ` +
      `got ${names(graph.inputs)} and ${names(graph.outputs)}`,
    { at: graph.name, hint: "export the model with nemo2riva, which adds what a service needs" },
  );
}

function findValue(values: readonly ValueInfo[], name: string): ValueInfo {
  return values.find((value) => value.name === name) as ValueInfo;
}
