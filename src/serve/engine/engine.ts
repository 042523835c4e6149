/**
 * The small interface between the services and whatever infers: ONNX Runtime in this process
 * (`embedded/`) or a running Triton (`triton/`). The services know nothing else.
 */
import type { ModelConfig } from "../../gen/model_config_pb.ts";
import type { Tensors } from "../../tensor/tensor.ts";

export interface ModelSummary {
  readonly name: string;
  readonly version: string;
  readonly config: ModelConfig;
}

/** Position of a request in a sequence; the engine keeps the state of stateful models by `id`. */
export interface SequencePosition {
  readonly id: bigint;
  readonly start: boolean;
  readonly end: boolean;
}

export interface InferRequest {
  readonly model: string;
  /** Default: the newest served version. */
  readonly version?: string;
  /** Batch dimension first wherever the model has `max_batch_size` > 0. */
  readonly inputs: Tensors;
  /** Names of the wanted outputs; default: all of the config. */
  readonly outputs?: readonly string[];
  readonly sequence?: SequencePosition;
}

export interface Engine {
  /** Models that are ready, in the order of their names. */
  models(): readonly ModelSummary[];
  /**
   * @throws ToolError NOT_FOUND for an unknown model, INVALID_REQUEST for inputs that do not fit
   * its config, CANCELLED when the signal fires first.
   */
  infer(request: InferRequest, signal?: AbortSignal): Promise<Tensors>;
  /** Stops taking requests, waits for those under way, frees sessions and threads. */
  close(): Promise<void>;
}
