/**
 * Writes a graph as an ONNX model. Lengths are computed first, then nodes and weights are
 * streamed one piece at a time, so memory does not grow with the model.
 * https://github.com/onnx/onnx/blob/main/docs/IR.md, …/ExternalData.md
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { assert, ToolError } from "../../errors/tool-error.ts";
import {
  ModelProtoSchema,
  TensorProtoSchema,
  TensorProto_DataLocation,
  ValueInfoProtoSchema,
} from "../../gen/onnx_pb.ts";
import type { ByteSink } from "../../io/byte-sink.ts";
import { DTYPES, sizeOfDType } from "../../tensor/dtype.ts";
import {
  UNKNOWN_DIM,
  type Initializer,
  type ModelGraph,
  type ValueInfo,
} from "../../tensor/model-graph.ts";
import { readTensor } from "../../tensor/read-tensor.ts";
import { countElements } from "../../tensor/shape.ts";
import { encodeNode } from "./nodes.ts";
import { encodeField, encodeHeader } from "./wire.ts";

/** A protobuf message must stay below 2 GiB; the rest is room for the nodes. */
export const MAX_INLINE_BYTES = Math.floor(1.9 * 2 ** 30);
/** Smaller tensors stay in the model: shape inference needs to see them. */
const MIN_EXTERNAL_BYTES = 1024;
/** External tensors start on a page, so that an engine can map them. */
const EXTERNAL_ALIGNMENT = 4096;

/** Field numbers of the messages that are written piece by piece. */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const TENSOR_RAW_DATA = 9;

/** True if the weights are too large for one file, so that an external file is needed. */
export function needsExternalData(graph: ModelGraph): boolean {
  return graph.initializers.reduce((sum, weight) => sum + sizeOf(weight), 0) > MAX_INLINE_BYTES;
}

/** An encoded model whose sizes are known before anything is written. */
export interface OnnxLayout {
  readonly modelBytes: number;
  /** 0 if all weights are inside the model. */
  readonly externalBytes: number;
  writeModel(sink: ByteSink): Promise<void>;
  /** The file beside the model; it must be a sink of its own. */
  writeExternal(sink: ByteSink): Promise<void>;
}

/**
 * Decides where each byte goes. `externalName` is the name of a file beside the model that takes
 * the weights; without it they are inside.
 * @throws ToolError UNSUPPORTED if the weights do not fit inside and there is no `externalName`
 */
export function layOutOnnx(graph: ModelGraph, externalName?: string): OnnxLayout {
  if (externalName === undefined && needsExternalData(graph)) {
    throw new ToolError("UNSUPPORTED", "the weights are too large for one ONNX file", {
      at: graph.name,
      hint: "write the weights into a file beside the model",
    });
  }
  const parts = [...graphParts(graph, externalName)];
  const graphBytes = parts.reduce(
    (sum, part) => sum + part.header.byteLength + inlineBytesOf(part),
    0,
  );
  const head = Buffer.concat([encodeModelFields(graph), encodeHeader(MODEL_GRAPH, graphBytes)]);
  const tail = graph.otherFields?.model ?? new Uint8Array(0);
  const external = parts.filter((part) => part.externalOffset !== undefined);
  return {
    modelBytes: head.byteLength + graphBytes + tail.byteLength,
    externalBytes: external.reduce((_, part) => (part.externalOffset ?? 0) + sizeOfPart(part), 0),
    writeModel: async (sink) => {
      await sink.write(head);
      for (const part of parts) {
        await sink.write(part.header);
        const isInline = part.externalOffset === undefined;
        if (isInline && part.weight !== undefined) await writeWeight(part.weight, sink);
      }
      await sink.write(tail);
    },
    writeExternal: async (sink) => {
      for (const { weight, externalOffset } of external) {
        await pad(sink, externalOffset);
        if (weight !== undefined) await writeWeight(weight, sink);
      }
    },
  };
}

/** Writes a model with its weights inside. @throws ToolError UNSUPPORTED if they do not fit */
export async function writeOnnx(graph: ModelGraph, sink: ByteSink): Promise<void> {
  await layOutOnnx(graph).writeModel(sink);
}

/** One field of the graph: its bytes, and the weight that follows it or lies outside. */
interface Part {
  readonly header: Uint8Array;
  readonly weight?: Initializer;
  /** Place of the weight in the external file; undefined: it follows the header. */
  readonly externalOffset?: number;
}

const plain = (header: Uint8Array): Part => ({ header });

function sizeOfPart({ weight }: Part): number {
  return weight === undefined ? 0 : sizeOf(weight);
}

function inlineBytesOf(part: Part): number {
  return part.externalOffset === undefined ? sizeOfPart(part) : 0;
}

function* graphParts(graph: ModelGraph, externalName: string | undefined): Generator<Part> {
  for (const node of graph.nodes) yield plain(encodeField(GRAPH.node, encodeNode(node)));
  yield plain(encodeField(GRAPH.name, Buffer.from(graph.name)));
  let offset = 0;
  for (const weight of graph.initializers) {
    const size = sizeOf(weight);
    if (externalName === undefined || size < MIN_EXTERNAL_BYTES) {
      yield inlinePart(weight, size);
      continue;
    }
    offset = Math.ceil(offset / EXTERNAL_ALIGNMENT) * EXTERNAL_ALIGNMENT;
    yield externalPart(weight, externalName, offset, size);
    offset += size;
  }
  for (const value of graph.inputs) yield plain(encodeField(GRAPH.input, encodeValueInfo(value)));
  for (const value of graph.outputs) yield plain(encodeField(GRAPH.output, encodeValueInfo(value)));
  if (graph.otherFields !== undefined) yield plain(graph.otherFields.graph);
}

function inlinePart(weight: Initializer, size: number): Part {
  const fields = toBinary(TensorProtoSchema, tensorProto(weight));
  const dataHeader = encodeHeader(TENSOR_RAW_DATA, size);
  const length = fields.byteLength + dataHeader.byteLength + size;
  const header = Buffer.concat([encodeHeader(GRAPH.initializer, length), fields, dataHeader]);
  return { header, weight };
}

function externalPart(weight: Initializer, location: string, offset: number, size: number): Part {
  const tensor = tensorProto(weight);
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  const entries = { location, offset, length: size };
  tensor.externalData = Object.entries(entries).map(([key, value]) => ({
    $typeName: "onnx.StringStringEntryProto",
    key,
    value: String(value),
  }));
  const header = encodeField(GRAPH.initializer, toBinary(TensorProtoSchema, tensor));
  return { header, weight, externalOffset: offset };
}

function tensorProto({ name, dtype, shape }: Initializer) {
  return create(TensorProtoSchema, { name, dataType: DTYPES[dtype].onnx, dims: shape.map(BigInt) });
}

function sizeOf({ dtype, shape }: Initializer): number {
  return countElements(shape) * sizeOfDType(dtype);
}

async function writeWeight(weight: Initializer, sink: ByteSink): Promise<void> {
  let written = 0;
  for await (const piece of readTensor(weight.view, weight.dtype)) {
    await sink.write(piece);
    written += piece.byteLength;
  }
  assert(
    written === sizeOf(weight),
    `weight ${weight.name} gave ${written} of ${sizeOf(weight)} bytes`,
  );
}

async function pad(sink: ByteSink, offset: number | undefined): Promise<void> {
  const missing = (offset ?? 0) - sink.sizeBytes;
  if (missing > 0) await sink.write(new Uint8Array(missing));
}

/** All fields of the model but the graph. */
function encodeModelFields(graph: ModelGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(graph.irVersion),
    producerName: graph.producerName,
    producerVersion: graph.producerVersion,
    opsetImport: Object.entries(graph.opsets).map(([domain, version]) => ({
      domain,
      version: BigInt(version),
    })),
    metadataProps: Object.entries(graph.metadata)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key, value })),
  });
  return toBinary(ModelProtoSchema, model);
}

function encodeValueInfo({ name, dtype, shape }: ValueInfo): Uint8Array {
  const tensorType = {
    elemType: DTYPES[dtype].onnx,
    ...(shape === undefined ? {} : { shape: { dim: shape.map(encodeDim) } }),
  };
  return toBinary(
    ValueInfoProtoSchema,
    create(ValueInfoProtoSchema, { name, type: { tensorType } }),
  );
}

function encodeDim(dim: number | string) {
  if (typeof dim === "number") return { value: { case: "dimValue" as const, value: BigInt(dim) } };
  return dim === UNKNOWN_DIM ? {} : { value: { case: "dimParam" as const, value: dim } };
}
