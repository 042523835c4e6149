/**
 * TensorProto as a lazy view: raw data stays where it is, in the model or in a file beside it;
 * the older typed lists (`float_data` …) are decoded.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { ToolError } from "../../errors/tool-error.ts";
import {
  TensorProto_DataLocation,
  TensorProtoSchema,
  type TensorProto,
} from "../../gen/onnx_pb.ts";
import { checkRange, type ByteSource } from "../../io/byte-source.ts";
import { dtypeFromOnnx, sizeOfDType, type NumericDType } from "../../tensor/dtype.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import type { Initializer } from "../../tensor/model-graph.ts";
import { contiguousStrides, countElements } from "../../tensor/shape.ts";
import { ARRAY_TYPES } from "../../tensor/tensor.ts";
import type { TensorView } from "../../tensor/tensor-view.ts";
import { concatBytes, damaged, type Field, type FieldReader } from "./wire.ts";

export type OpenExternalData = (fileName: string) => Promise<ByteSource>;

const RAW_DATA = 9;
/** Typed lists are decoded in memory; real models use them for small tensors only. */
const MAX_TYPED_BYTES = 256 * 2 ** 20;
const MAX_RANK = 32;

/** @throws ToolError INVALID_FILE, UNSUPPORTED or LIMIT_EXCEEDED. */
export async function readInitializer(
  reader: FieldReader,
  field: Field,
  openExternalData: OpenExternalData | undefined,
): Promise<Initializer> {
  const place = reader.source.name;
  const pieces: Uint8Array[] = [];
  let raw: Field | undefined;
  let held = 0;
  for await (const inner of reader.fields(field.start, field.end)) {
    if (inner.number === RAW_DATA) raw = inner;
    else {
      held += inner.end - inner.tagStart;
      if (held > MAX_TYPED_BYTES) tooLarge(place);
      pieces.push(new Uint8Array(await reader.bytes(inner.tagStart, inner.end)));
    }
  }
  const proto = decodeTensor(concatBytes(pieces), place);
  const at = [place, proto.name];
  const shape = proto.dims.map(Number);
  const isShape =
    shape.length <= MAX_RANK && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || !Number.isSafeInteger(countElements(shape) * 8))
    damaged(at, `the shape [${shape.join(", ")}]`);
  const dtype = numericDType(proto.dataType, at);
  const view =
    proto.dataLocation === TensorProto_DataLocation.EXTERNAL
      ? await externalView(proto, dtype, shape, at, openExternalData)
      : raw === undefined
        ? typedView(proto, dtype, shape, at)
        : rawView(reader.source, raw.start, raw.end, dtype, shape, at);
  return { name: proto.name, dtype, shape, view };
}

function rawView(
  source: ByteSource,
  start: number,
  end: number,
  dtype: NumericDType,
  shape: readonly number[],
  at: readonly string[],
): TensorView {
  const size = sizeOfDType(dtype);
  const elementCount = countElements(shape);
  if (end - start !== elementCount * size) {
    damaged(
      at,
      `${end - start} bytes where ${dtype} [${shape.join(", ")}] takes ${elementCount * size}`,
    );
  }
  const read = (from: number, to: number): Promise<Uint8Array> =>
    source.read(start + from * size, start + to * size);
  const storage = { name: at.join(" → "), dtype, elementCount, read };
  return { dtype, shape, strides: contiguousStrides(shape), offset: 0, storage };
}

async function externalView(
  proto: TensorProto,
  dtype: NumericDType,
  shape: readonly number[],
  at: readonly string[],
  open: OpenExternalData | undefined,
): Promise<TensorView> {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  // a path could lead anywhere on this machine
  if (!/^[^/\\:\0]+$/.test(location) || location === "." || location === "..") {
    damaged(at, `external data at ${JSON.stringify(location)}, which is no plain file name`);
  }
  if (open === undefined) {
    throw new ToolError("NOT_FOUND", `the weights are in another file, ${location}`, {
      at,
      hint: `put ${location} beside the model`,
    });
  }
  const source = await open(location);
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? countElements(shape) * sizeOfDType(dtype));
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length))
    damaged(at, "external data without a place");
  checkRange(source.name, source.sizeBytes, offset, offset + length);
  return rawView(source, offset, offset + length, dtype, shape, [...at, location]);
}

/** Which list holds the elements of a type: onnx.proto, comments of TensorProto. */
function typedView(
  proto: TensorProto,
  dtype: NumericDType,
  shape: readonly number[],
  at: readonly string[],
): TensorView {
  const lists: Partial<Record<NumericDType, readonly (number | bigint)[]>> = {
    float32: proto.floatData,
    float64: proto.doubleData,
    int64: proto.int64Data,
    uint32: proto.uint64Data,
    uint64: proto.uint64Data,
  };
  const list = lists[dtype] ?? proto.int32Data;
  if (list.length !== countElements(shape))
    damaged(at, `${list.length} elements for [${shape.join(", ")}]`);
  const isBig = dtype === "int64" || dtype === "uint64";
  const array = isBig
    ? ARRAY_TYPES[dtype].from(list as bigint[])
    : ARRAY_TYPES[dtype].from(list.map(Number));
  return memoryView(dtype, array as never, shape, at.join(" → "));
}

function numericDType(dataType: number, at: readonly string[]): NumericDType {
  const dtype = dtypeFromOnnx(dataType);
  if (dtype !== undefined && dtype !== "string") return dtype;
  throw new ToolError("UNSUPPORTED", `a weight of ONNX data type ${dataType}`, {
    at,
    hint: "text, 4-bit and 8-bit float weights cannot be read",
  });
}

function decodeTensor(bytes: Uint8Array, place: string): TensorProto {
  try {
    return fromBinary(TensorProtoSchema, bytes);
  } catch {
    return damaged(place, "a weight cannot be decoded");
  }
}

function tooLarge(place: string): never {
  throw new ToolError("LIMIT_EXCEEDED", "ONNX: a weight that is neither raw nor small", {
    at: place,
    hint: "save the model with raw weight data, as all current exporters do",
  });
}
