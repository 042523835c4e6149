/**
 * Does the config fit the graph? Rules and texts of Triton's onnxruntime backend, so that a
 * repository that loads here loads there.
 */
import { ToolError } from "../../../errors/tool-error.ts";
import {
  DataType,
  type ModelConfig,
  ModelSequenceBatching_Control_Kind as ControlKind,
} from "../../../gen/model_config_pb.ts";
import { dataTypeName, dataTypeOf, dtypeOfDataType } from "../../../repository/data-types.ts";
import { DTYPES, type DType } from "../../../tensor/dtype.ts";
import type { GraphSignature, GraphTensor } from "./onnx-messages.ts";

interface ExpectedTensor {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly bigint[];
}

/** @throws ToolError INVALID_CONFIG with the backend's text */
export function checkConfigAgainstGraph(config: ModelConfig, graph: GraphSignature): void {
  const inputs = [...config.input.map(graphSide), ...controls(config), ...states(config, "input")];
  const outputs = [...config.output.map(graphSide), ...states(config, "output")];
  for (const input of inputs) checkTensor(config, "input", input, graph.inputs);
  const optional = config.input.filter(({ optional: isOptional }) => isOptional);
  if (optional.length > 0 && config.maxBatchSize > 0) {
    fail(
      config,
      `optional input '${optional[0]?.name}' is not supported for models that support batching`,
    );
  }
  if (inputs.length !== graph.inputs.length) {
    fail(
      config,
      `unable to load model '${config.name}', configuration expects ${inputs.length} inputs, model provides ${graph.inputs.length}`,
    );
  }
  for (const output of outputs) checkTensor(config, "output", output, graph.outputs);
  if (
    config.input.some(({ allowRaggedBatch }) => allowRaggedBatch) ||
    config.batchInput.length > 0
  ) {
    throw new ToolError("UNSUPPORTED", "ragged batching is not supported by the embedded engine", {
      at: "config.pbtxt",
      hint: "serve this repository with Triton, or remove allow_ragged_batch and batch_input",
    });
  }
}

/** A tensor with the dims that the graph has to have. */
function graphSide(
  tensor: ExpectedTensor & { reshape?: { shape: readonly bigint[] } | undefined },
): ExpectedTensor {
  return { ...tensor, dims: tensor.reshape?.shape ?? tensor.dims };
}

function controls(config: ModelConfig): ExpectedTensor[] {
  if (config.schedulingChoice.case !== "sequenceBatching") return [];
  return config.schedulingChoice.value.controlInput.flatMap(({ name, control }) =>
    control.map((entry) => ({
      name,
      dims: [1n],
      dataType:
        entry.kind === ControlKind.CONTROL_SEQUENCE_CORRID
          ? entry.dataType
          : entry.int32FalseTrue.length > 0
            ? DataType.TYPE_INT32
            : entry.fp32FalseTrue.length > 0
              ? DataType.TYPE_FP32
              : DataType.TYPE_BOOL,
    })),
  );
}

function states(config: ModelConfig, role: "input" | "output"): ExpectedTensor[] {
  if (config.schedulingChoice.case !== "sequenceBatching") return [];
  const declared = new Set(config.output.map(({ name }) => name));
  return config.schedulingChoice.value.state
    .map(({ inputName, outputName, dataType, dims }) => ({
      name: role === "input" ? inputName : outputName,
      dataType,
      dims,
    }))
    .filter(({ name }) => role === "input" || !declared.has(name));
}

function checkTensor(
  config: ModelConfig,
  role: "input" | "output",
  expected: ExpectedTensor,
  graph: readonly GraphTensor[],
): void {
  const found = graph.find(({ name }) => name === expected.name);
  if (found === undefined) {
    const allowed = graph.map(({ name }) => name).join(", ");
    return fail(
      config,
      `unexpected inference ${role} '${expected.name}', allowed ${role}s are: ${allowed}`,
    );
  }
  const dtype = dtypeOfDataType(expected.dataType);
  if (dtype !== found.dtype) {
    const provided =
      found.dtype in DTYPES ? dataTypeName(dataTypeOf(found.dtype as DType)) : found.dtype;
    fail(
      config,
      `unable to load model '${config.name}', configuration expects datatype ${dataTypeName(expected.dataType)} for ${role} '${expected.name}', model provides ${provided}`,
    );
  }
  checkDims(config, expected, found);
}

function checkDims(config: ModelConfig, expected: ExpectedTensor, found: GraphTensor): void {
  const hasBatch = config.maxBatchSize > 0;
  if (hasBatch && found.shape.length > 0 && typeof found.shape[0] === "number") {
    fail(
      config,
      `autofill failed for model '${config.name}': model does not support batching while non-zero max_batch_size is specified`,
    );
  }
  const full = hasBatch ? [-1, ...expected.dims.map(Number)] : expected.dims.map(Number);
  // ONNX Runtime shows a scalar as [], Triton as [1]
  const graph = found.shape.length === 0 ? [1] : found.shape;
  const fits =
    full.length === graph.length &&
    full.every((dim, axis) => typeof graph[axis] === "string" || dim === graph[axis]);
  if (fits) return;
  const shape = graph.map((size) => (typeof size === "string" ? -1 : size)).join(",");
  const reading = hasBatch
    ? `(an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making complete shape [${full.join(",")}])`
    : `(shape [${full.join(",")}])`;
  fail(
    config,
    `model '${config.name}', tensor '${expected.name}': the model expects ${graph.length} dimensions (shape [${shape}]) but the model configuration specifies ${full.length} dimensions ${reading}`,
  );
}

function fail(config: ModelConfig, message: string): never {
  throw new ToolError("INVALID_CONFIG", message, {
    at: "config.pbtxt",
    hint: `make the config say what the graph of '${config.name}' has; Triton would refuse it too`,
  });
}
