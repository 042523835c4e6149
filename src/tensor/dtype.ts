/**
 * Element types. One internal name a type; the table holds the spelling of every place where
 * tensors cross our border (ONNX data type numbers, Triton/KServe names, torch storages,
 * safetensors), so that a conversion is a look-up and never a second list.
 */
export const DTYPES = {
  float32: {
    sizeBytes: 4,
    onnx: 1,
    kserve: "FP32",
    torchStorage: "FloatStorage",
    safetensors: "F32",
  },
  uint8: { sizeBytes: 1, onnx: 2, kserve: "UINT8", torchStorage: "ByteStorage", safetensors: "U8" },
  int8: { sizeBytes: 1, onnx: 3, kserve: "INT8", torchStorage: "CharStorage", safetensors: "I8" },
  uint16: { sizeBytes: 2, onnx: 4, kserve: "UINT16", torchStorage: null, safetensors: "U16" },
  int16: {
    sizeBytes: 2,
    onnx: 5,
    kserve: "INT16",
    torchStorage: "ShortStorage",
    safetensors: "I16",
  },
  int32: { sizeBytes: 4, onnx: 6, kserve: "INT32", torchStorage: "IntStorage", safetensors: "I32" },
  int64: {
    sizeBytes: 8,
    onnx: 7,
    kserve: "INT64",
    torchStorage: "LongStorage",
    safetensors: "I64",
  },
  string: { sizeBytes: null, onnx: 8, kserve: "BYTES", torchStorage: null, safetensors: null },
  bool: { sizeBytes: 1, onnx: 9, kserve: "BOOL", torchStorage: "BoolStorage", safetensors: "BOOL" },
  float16: {
    sizeBytes: 2,
    onnx: 10,
    kserve: "FP16",
    torchStorage: "HalfStorage",
    safetensors: "F16",
  },
  float64: {
    sizeBytes: 8,
    onnx: 11,
    kserve: "FP64",
    torchStorage: "DoubleStorage",
    safetensors: "F64",
  },
  uint32: { sizeBytes: 4, onnx: 12, kserve: "UINT32", torchStorage: null, safetensors: "U32" },
  uint64: { sizeBytes: 8, onnx: 13, kserve: "UINT64", torchStorage: null, safetensors: "U64" },
  bfloat16: {
    sizeBytes: 2,
    onnx: 16,
    kserve: "BF16",
    torchStorage: "BFloat16Storage",
    safetensors: "BF16",
  },
} as const;

export type DType = keyof typeof DTYPES;

/** Element types of a fixed size, i.e. all but `string`. */
export type NumericDType = Exclude<DType, "string">;

/** Bytes of one element. */
export function sizeOfDType(dtype: NumericDType): number {
  return DTYPES[dtype].sizeBytes;
}

function index<K extends "onnx" | "kserve" | "torchStorage" | "safetensors">(
  key: K,
): ReadonlyMap<unknown, DType> {
  const names = Object.keys(DTYPES) as DType[];
  return new Map(names.map((name) => [DTYPES[name][key], name]));
}

const BY_ONNX = index("onnx");
const BY_KSERVE = index("kserve");
const BY_TORCH_STORAGE = index("torchStorage");
const BY_SAFETENSORS = index("safetensors");

/** The type for an ONNX `TensorProto.DataType` number, or undefined. */
export const dtypeFromOnnx = (number: number): DType | undefined => BY_ONNX.get(number);

/** The type for a KServe name such as `FP32`, or undefined. */
export const dtypeFromKserve = (name: string): DType | undefined => BY_KSERVE.get(name);

/** The type for a torch storage class such as `HalfStorage`, or undefined. */
export const dtypeFromTorchStorage = (name: string): NumericDType | undefined =>
  BY_TORCH_STORAGE.get(name) as NumericDType | undefined;

/** The type for a safetensors name such as `F32`, or undefined. */
export const dtypeFromSafetensors = (name: string): NumericDType | undefined =>
  BY_SAFETENSORS.get(name) as NumericDType | undefined;
