/** Small ONNX models for tests of the server, encoded node by node. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
  GraphProtoSchema,
} from "../../src/gen/onnx_pb.ts";
import { DTYPES, type DType } from "../../src/tensor/dtype.ts";

export interface TinyTensor {
  readonly name: string;
  readonly dtype: DType;
  /** A name stands for a variable size. */
  readonly shape: readonly (number | string)[];
}

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface TinyWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TinyGraph {
  readonly inputs: readonly TinyTensor[];
  readonly outputs: readonly TinyTensor[];
  readonly nodes: readonly TinyNode[];
  readonly weights?: readonly TinyWeight[];
}

/** The bytes of a model (opset 17, IR version 8). */
export function tinyOnnx({ inputs, outputs, nodes, weights = [] }: TinyGraph): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [create(OperatorSetIdProtoSchema, { version: 17n })],
      graph: create(GraphProtoSchema, {
        name: "tiny",
        input: inputs.map(valueInfo),
        output: outputs.map(valueInfo),
        node: nodes.map(({ op, inputs: from, outputs: to }) =>
          create(NodeProtoSchema, {
            opType: op,
            input: [...from],
            output: [...to],
          }),
        ),
        initializer: weights.map(({ name, shape, values }) =>
          create(TensorProtoSchema, {
            name,
            dataType: DTYPES.float32.onnx,
            dims: shape.map(BigInt),
            rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
          }),
        ),
      }),
    }),
  );
}

function valueInfo({ name, dtype, shape }: TinyTensor): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === "number"
          ? { case: "dimValue", value: BigInt(size) }
          : { case: "dimParam", value: size },
    }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: DTYPES[dtype].onnx,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { tensorType }) });
}
