/** Triton's rules for `sequence_batching`: control tensors, batch sizes, implicit state. */
import { ToolError } from "../errors/tool-error.ts";
import {
  DataType,
  type ModelConfig,
  type ModelSequenceBatching,
  type ModelSequenceBatching_Control,
  ModelSequenceBatching_Control_Kind as Kind,
  ModelSequenceBatching_Control_KindSchema as KindSchema,
  type ModelSequenceBatching_State,
} from "../gen/model_config_pb.ts";

const CORRELATION_ID_TYPES: readonly DataType[] = [
  DataType.TYPE_UINT64,
  DataType.TYPE_INT64,
  DataType.TYPE_UINT32,
  DataType.TYPE_INT32,
  DataType.TYPE_STRING,
];

/** @throws ToolError INVALID_CONFIG with Triton's text */
export function checkSequenceBatching(config: ModelConfig, batching: ModelSequenceBatching): void {
  const { name } = config;
  const kinds = new Set<Kind>();
  for (const input of batching.controlInput) {
    if (input.name === "") fail(`sequence batching control tensor must have a name for ${name}`);
    if (input.control.length > 1) {
      fail(
        `sequence batching control tensor '${input.name}' is specified for multiple control kinds for ${name}`,
      );
    }
    for (const control of input.control) {
      if (kinds.has(control.kind)) {
        fail(`sequence batching specifies multiple ${kindName(control.kind)} tensors for ${name}`);
      }
      kinds.add(control.kind);
      checkControl(control, name);
    }
  }
  if (batching.strategyChoice.case === "oldest") {
    for (const size of batching.strategyChoice.value.preferredBatchSize) {
      if (size <= 0) fail(`sequence batching preferred batch size must be positive for ${name}`);
      if (size > config.maxBatchSize) {
        fail(`sequence batching preferred batch size must be <= max batch size for ${name}`);
      }
    }
  }
  for (const state of batching.state) checkState(state);
}

/** `CONTROL_SEQUENCE_START`, for messages. */
function kindName(kind: Kind): string {
  return KindSchema.value[kind]?.name ?? String(kind);
}

const PAIRS = "'int32_false_true', 'fp32_false_true'";

function checkControl(control: ModelSequenceBatching_Control, model: string): void {
  const kind = kindName(control.kind);
  const pairs = {
    int32_false_true: control.int32FalseTrue,
    fp32_false_true: control.fp32FalseTrue,
    bool_false_true: control.boolFalseTrue,
  };
  const given = Object.entries(pairs).filter(([, values]) => values.length > 0);
  if (control.kind === Kind.CONTROL_SEQUENCE_CORRID) {
    if (given.length > 0) {
      fail(
        `sequence batching must not specify either ${PAIRS} or 'bool_false_true' for ${kind} for ${model}`,
      );
    }
    if (!CORRELATION_ID_TYPES.includes(control.dataType)) {
      fail(
        `unexpected data type for control ${kind} for ${model}. Allowed data types are TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING`,
      );
    }
    return;
  }
  const [first] = given;
  if (first === undefined) {
    fail(
      `sequence batching must specify either ${PAIRS} or 'bool_false_true' for ${kind} for ${model}`,
    );
  }
  if (given.length > 1) {
    fail(
      `sequence batching specifies more than one from ${PAIRS} and 'bool_false_true' for ${kind} for ${model}`,
    );
  }
  if (first[1].length !== 2) {
    fail(
      `sequence batching control '${first[0]}' must have exactly 2 entries for ${kind} for ${model}`,
    );
  }
}

function checkState(state: ModelSequenceBatching_State): void {
  for (const initial of state.initialState) {
    const text = `'initial_state' dim for input name '${state.inputName}' doesn't match 'state' dim description.`;
    if (initial.dims.length !== state.dims.length) {
      fail(`${text} ${initial.dims.length} != ${state.dims.length}`);
    }
    initial.dims.forEach((dim, axis) => {
      const expected = state.dims[axis];
      if (expected !== -1n && dim !== expected) fail(`${text} ${dim} != ${expected}`);
    });
  }
}

function fail(message: string): never {
  throw new ToolError("INVALID_CONFIG", message, {
    hint: "mend sequence_batching; Triton would refuse it in the same words",
  });
}
