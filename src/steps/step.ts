/**
 * A step is a pipeline component about text or stream state: typed arrays and strings in, typed
 * arrays and strings out, state passed explicitly, no Node API. The same code runs in our server
 * and, bundled, in V8 inside stock Triton.
 *
 * Every tensor has the batch dimension first, as Triton hands it over, unless the step says that it
 * has none. A stateful step only ever sees a batch of one: its model uses the sequence batcher.
 */
import type { DType } from "../tensor/dtype.ts";
import type { Tensors } from "../tensor/tensor.ts";

/** One input or output; `dims` without the batch dimension, -1 for a variable size. */
export interface StepTensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** A request may leave this input out. */
  readonly optional?: boolean;
}

/** What the model's `config.pbtxt` and version folder give to a step when it is loaded. */
export interface StepSetup {
  /** The model's parameters; all values are strings, as in `config.pbtxt`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Files of the version folder that the parameter `files` names (comma separated), as bytes. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Where a request stands in its sequence; a stateless step ignores it. */
export interface SequenceFlags {
  readonly start: boolean;
  readonly end: boolean;
}

/** A loaded step. `State` is what one sequence (stream) remembers between requests. */
export interface RunningStep<State> {
  open(): State;
  /** @throws ToolError INVALID_REQUEST for inputs that a client can mend. */
  run(inputs: Tensors, state: State, flags: SequenceFlags): Tensors;
}

export interface StepDefinition {
  /** Value of the model parameter `step`, by which our server and `model.py` find it. */
  readonly name: string;
  readonly doc: string;
  readonly inputs: readonly StepTensorSpec[];
  readonly outputs: readonly StepTensorSpec[];
  /** Needs the sequence batcher: requests of one sequence meet the same state. */
  readonly stateful: boolean;
  /** False: its model has `max_batch_size` 0 and `dims` are whole shapes. Default: true. */
  readonly hasBatchAxis?: boolean;
  /** @throws ToolError INVALID_CONFIG for a wrong parameter or file. */
  load(setup: StepSetup): RunningStep<unknown>;
}

/** Ties the state of `open` to the state of `run` and then hides its type, so lists need no `any`. */
export function defineStep<State>(
  definition: Omit<StepDefinition, "load"> & { load(setup: StepSetup): RunningStep<State> },
): StepDefinition {
  return definition as StepDefinition;
}
