/** Triton's element types (`TYPE_FP32`, `TYPE_STRING`) and ours. */
import { DataType, DataTypeSchema } from "../gen/model_config_pb.ts";
import { DTYPES, type DType } from "../tensor/dtype.ts";

const BY_DTYPE: Readonly<Record<DType, DataType>> = {
  bool: DataType.TYPE_BOOL,
  uint8: DataType.TYPE_UINT8,
  uint16: DataType.TYPE_UINT16,
  uint32: DataType.TYPE_UINT32,
  uint64: DataType.TYPE_UINT64,
  int8: DataType.TYPE_INT8,
  int16: DataType.TYPE_INT16,
  int32: DataType.TYPE_INT32,
  int64: DataType.TYPE_INT64,
  float16: DataType.TYPE_FP16,
  float32: DataType.TYPE_FP32,
  float64: DataType.TYPE_FP64,
  string: DataType.TYPE_STRING,
  bfloat16: DataType.TYPE_BF16,
};

const BY_DATA_TYPE: ReadonlyMap<DataType, DType> = new Map(
  (Object.keys(DTYPES) as DType[]).map((dtype) => [BY_DTYPE[dtype], dtype]),
);

/** The config's spelling of a type. */
export function dataTypeOf(dtype: DType): DataType {
  return BY_DTYPE[dtype];
}

/** Our name of a config's type, or undefined for `TYPE_INVALID`. */
export function dtypeOfDataType(dataType: DataType): DType | undefined {
  return BY_DATA_TYPE.get(dataType);
}

/** `TYPE_FP32`, for messages. */
export function dataTypeName(dataType: DataType): string {
  return DataTypeSchema.value[dataType]?.name ?? String(dataType);
}
