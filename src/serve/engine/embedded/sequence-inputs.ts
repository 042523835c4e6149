/**
 * What the sequence batcher adds to the inputs of an ONNX model: the control tensors (START, END,
 * READY, CORRID) and the implicit state, which is an output of the run before.
 */
import { ToolError } from "../../../errors/tool-error.ts";
import {
  type ModelConfig,
  type ModelSequenceBatching,
  type ModelSequenceBatching_Control,
  ModelSequenceBatching_Control_Kind as ControlKind,
  type ModelSequenceBatching_State,
} from "../../../gen/model_config_pb.ts";
import { dtypeOfDataType } from "../../../repository/data-types.ts";
import { countElements } from "../../../tensor/shape.ts";
import { ARRAY_TYPES, type Tensor, type Tensors } from "../../../tensor/tensor.ts";
import type { SequencePosition } from "../engine.ts";

/** State tensors of one sequence, by the name of the graph's input. */
export type ImplicitState = Map<string, Tensor>;

/** @throws ToolError UNSUPPORTED for initial states out of files */
export function checkStatesSupported(batching: ModelSequenceBatching): void {
  for (const state of batching.state) {
    for (const initial of state.initialState) {
      if (initial.stateData.case !== "dataFile") continue;
      throw new ToolError(
        "UNSUPPORTED",
        `the initial state of '${state.inputName}' is read from a file, only zero_data is supported`,
        { at: "config.pbtxt", hint: "use zero_data, or serve this repository with Triton" },
      );
    }
  }
}

/** The state of a sequence that starts: zeros. */
export function openImplicitState(config: ModelConfig): ImplicitState {
  if (config.schedulingChoice.case !== "sequenceBatching") return new Map();
  const batch = config.maxBatchSize > 0 ? [1] : [];
  return new Map(
    config.schedulingChoice.value.state.map((state) => [state.inputName, zeroState(state, batch)]),
  );
}

function zeroState(state: ModelSequenceBatching_State, batch: readonly number[]): Tensor {
  const dims = state.initialState[0]?.dims ?? state.dims;
  const shape = [...batch, ...dims.map((dim) => (dim === -1n ? 1 : Number(dim)))];
  const dtype = dtypeOfDataType(state.dataType) ?? "float32";
  const count = countElements(shape);
  if (dtype === "string") return { dtype, shape, data: Array.from({ length: count }, () => "") };
  return { dtype, shape, data: new ARRAY_TYPES[dtype](count) } as Tensor;
}

/** Control tensors of one request, of shape [1, 1] with batching and [1] without. */
export function controlTensors(config: ModelConfig, position: SequencePosition): Tensors {
  if (config.schedulingChoice.case !== "sequenceBatching") return {};
  const shape = config.maxBatchSize > 0 ? [1, 1] : [1];
  const tensors: Record<string, Tensor> = {};
  for (const { name, control } of config.schedulingChoice.value.controlInput) {
    for (const entry of control) tensors[name] = controlTensor(entry, position, shape);
  }
  return tensors;
}

function controlTensor(
  control: ModelSequenceBatching_Control,
  position: SequencePosition,
  shape: readonly number[],
): Tensor {
  if (control.kind === ControlKind.CONTROL_SEQUENCE_CORRID) {
    return correlationId(control, position.id, shape);
  }
  const isTrue =
    control.kind === ControlKind.CONTROL_SEQUENCE_START
      ? position.start
      : control.kind === ControlKind.CONTROL_SEQUENCE_END
        ? position.end
        : true;
  const pick = <T>(pair: readonly T[]): T => pair[isTrue ? 1 : 0] as T;
  if (control.int32FalseTrue.length > 0) {
    return { dtype: "int32", shape, data: Int32Array.of(pick(control.int32FalseTrue)) };
  }
  if (control.fp32FalseTrue.length > 0) {
    return { dtype: "float32", shape, data: Float32Array.of(pick(control.fp32FalseTrue)) };
  }
  return { dtype: "bool", shape, data: Uint8Array.of(pick(control.boolFalseTrue) ? 1 : 0) };
}

function correlationId(
  control: ModelSequenceBatching_Control,
  id: bigint,
  shape: readonly number[],
): Tensor {
  const dtype = dtypeOfDataType(control.dataType);
  switch (dtype) {
    case "int64":
      return { dtype, shape, data: BigInt64Array.of(id) };
    case "uint32":
      return { dtype, shape, data: Uint32Array.of(Number(id & 0xffff_ffffn)) };
    case "int32":
      return { dtype, shape, data: Int32Array.of(Number(BigInt.asIntN(32, id))) };
    case "string":
      return { dtype, shape, data: [id.toString()] };
    default:
      return { dtype: "uint64", shape, data: BigUint64Array.of(id) };
  }
}

/** Takes the new state out of the outputs; what is left is what the client sees. */
export function takeState(outputs: Tensors, config: ModelConfig, state: ImplicitState): Tensors {
  if (config.schedulingChoice.case !== "sequenceBatching") return outputs;
  const visible: Record<string, Tensor> = { ...outputs };
  const declared = new Set(config.output.map(({ name }) => name));
  for (const { inputName, outputName } of config.schedulingChoice.value.state) {
    const next = outputs[outputName];
    if (next !== undefined) state.set(inputName, next);
    if (!declared.has(outputName)) delete visible[outputName];
  }
  return visible;
}
