/**
 * Reads an ONNX model without its weights: they become lazy views over the file, so a graph of
 * any size can be edited and written again. What the graph type does not describe (functions,
 * documentation, shapes inside) is kept as bytes.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { isToolError, ToolError } from "../../errors/tool-error.ts";
import { ModelProtoSchema, ValueInfoProtoSchema } from "../../gen/onnx_pb.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import { dtypeFromOnnx } from "../../tensor/dtype.ts";
import {
  UNKNOWN_DIM,
  type GraphNode,
  type Initializer,
  type ModelGraph,
  type ValueInfo,
} from "../../tensor/model-graph.ts";
import { decodeNode, decodeText } from "./nodes.ts";
import { readInitializer, type OpenExternalData } from "./tensors.ts";
import { concatBytes, damaged, FieldReader, type Field } from "./wire.ts";

export interface ReadOnnxOptions {
  /** Opens a file beside the model by its name; without it, external weights are an error. */
  readonly openExternalData?: OpenExternalData;
}

const MODEL = { graph: 7, kept: [4, 5, 6, 20, 25] };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };

/** The largest published graphs have some 10^5 nodes; a file with more is after our memory. */
const MAX_ITEMS = 1_000_000;
/** One node or other message that is held in memory; constants inside nodes are small. */
const MAX_MESSAGE_BYTES = 64 * 2 ** 20;
/** All of them together. */
const MAX_HELD_BYTES = 512 * 2 ** 20;

/**
 * Reads everything but the weights.
 * @throws ToolError INVALID_FILE if it is no ONNX model, LIMIT_EXCEEDED if it is absurdly large,
 * UNSUPPORTED for inputs and outputs that are not tensors and for element types we do not know.
 */
export async function readOnnx(
  source: ByteSource,
  options: ReadOnnxOptions = {},
): Promise<ModelGraph> {
  const reader = new FieldReader(source);
  const budget = { items: 0, bytes: 0 };
  const hold = (field: Field): Promise<Uint8Array> => holdField(reader, field, budget);
  const modelPieces: Uint8Array[] = [];
  const kept: Uint8Array[] = [];
  let graphField: Field | undefined;
  for await (const field of reader.fields(0, source.sizeBytes)) {
    if (field.number === MODEL.graph) {
      if (graphField !== undefined) damaged(source.name, "two graphs in one model");
      graphField = field;
    } else (MODEL.kept.includes(field.number) ? kept : modelPieces).push(await hold(field));
  }
  if (graphField === undefined) return damaged(source.name, "there is no graph");
  const model = decodeWith(source.name, () =>
    fromBinary(ModelProtoSchema, concatBytes(modelPieces)),
  );
  if (model.opsetImport.length === 0) damaged(source.name, "no operator set is named");
  const graph = await readGraph(reader, graphField, hold, options.openExternalData);
  return {
    ...graph,
    irVersion: Number(model.irVersion),
    opsets: Object.fromEntries(
      model.opsetImport.map(({ domain, version }) => [
        domain === "ai.onnx" ? "" : domain,
        Number(version),
      ]),
    ),
    producerName: model.producerName,
    producerVersion: model.producerVersion,
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    otherFields: { model: concatBytes(kept), graph: graph.otherBytes },
  };
}

interface GraphParts {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly otherBytes: Uint8Array;
}

async function readGraph(
  reader: FieldReader,
  graphField: Field,
  hold: (field: Field) => Promise<Uint8Array>,
  openExternalData: OpenExternalData | undefined,
): Promise<GraphParts> {
  const place = reader.source.name;
  const parts = { name: "", nodes: [] as GraphNode[], initializers: [] as Initializer[] };
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const other: Uint8Array[] = [];
  for await (const field of reader.fields(graphField.start, graphField.end)) {
    if (field.number === GRAPH.initializer) {
      if (parts.initializers.length >= MAX_ITEMS) tooLarge(place, "weights");
      parts.initializers.push(await readInitializer(reader, field, openExternalData));
      continue;
    }
    const bytes = await hold(field);
    const payload = bytes.subarray(field.start - field.tagStart);
    if (field.number === GRAPH.node) parts.nodes.push(decodeNode(payload, place));
    else if (field.number === GRAPH.input) inputs.push(decodeValueInfo(payload, place));
    else if (field.number === GRAPH.output) outputs.push(decodeValueInfo(payload, place));
    else if (field.number === GRAPH.name) parts.name = decodeText(payload, place);
    else other.push(bytes);
  }
  const weights = new Set(parts.initializers.map(({ name }) => name));
  return {
    ...parts,
    // until IR version 3 weights had to be listed among the inputs
    inputs: inputs.filter(({ name }) => !weights.has(name)),
    outputs,
    otherBytes: concatBytes(other),
  };
}

/** The bytes of a field with its tag, counted against the limits. */
async function holdField(
  reader: FieldReader,
  field: Field,
  budget: { items: number; bytes: number },
): Promise<Uint8Array> {
  const size = field.end - field.tagStart;
  budget.items += 1;
  budget.bytes += size;
  if (budget.items > MAX_ITEMS) tooLarge(reader.source.name, "nodes");
  if (size > MAX_MESSAGE_BYTES || budget.bytes > MAX_HELD_BYTES)
    tooLarge(reader.source.name, "bytes of nodes");
  return new Uint8Array(await reader.bytes(field.tagStart, field.end));
}

function decodeValueInfo(bytes: Uint8Array, place: string): ValueInfo {
  const info = decodeWith(place, () => fromBinary(ValueInfoProtoSchema, bytes));
  const type = info.type?.tensorType;
  const dtype = type === undefined ? undefined : dtypeFromOnnx(type.elemType);
  if (type === undefined || dtype === undefined) {
    throw new ToolError("UNSUPPORTED", `the input or output is not a tensor of a known type`, {
      at: [place, info.name],
      hint: "models with sequences, maps, optionals or 8-bit floats at their border cannot be read",
    });
  }
  const shape = type.shape?.dim.map(({ value }) => {
    if (value.case === "dimValue" && value.value >= 0n) return Number(value.value);
    return value.case === "dimParam" && value.value !== "" ? value.value : UNKNOWN_DIM;
  });
  return { name: info.name, dtype, shape };
}

function decodeWith<T>(place: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (isToolError(error)) throw error;
    return damaged(place, "a message cannot be decoded");
  }
}

function tooLarge(place: string, what: string): never {
  throw new ToolError("LIMIT_EXCEEDED", `ONNX: more ${what} than any real model has`, {
    at: place,
    hint: "the file is damaged or made to exhaust memory",
  });
}
