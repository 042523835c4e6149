/** What the engine, the ensembles and the schedulers know of a model that is ready. */
import type { ModelConfig } from "../../../gen/model_config_pb.ts";
import type { Tensors } from "../../../tensor/tensor.ts";
import type { SequencePosition } from "../engine.ts";

export interface ModelRequest {
  readonly inputs: Tensors;
  /** Wanted outputs; a model may give more. Default: all. */
  readonly outputs?: readonly string[];
  readonly sequence?: SequencePosition;
  /** Inputs that nobody else reads: their memory may be handed over to a worker. */
  readonly owned?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

export interface LoadedModel {
  readonly name: string;
  readonly version: string;
  readonly config: ModelConfig;
  /**
   * How long a sequence may be silent before its state is dropped; undefined if the model keeps
   * no state, neither itself nor in one of its parts.
   */
  readonly sequenceIdleMs: number | undefined;
  /** Nobody but the receiver holds its output tensors. */
  readonly makesFreshOutputs: boolean;
  /** Requests waiting to be run. */
  queued(): number;
  /** The request has been validated. */
  infer(request: ModelRequest): Promise<Tensors>;
  close(): Promise<void>;
}
