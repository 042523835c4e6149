/** What the main thread and an ONNX worker say to each other. */
import type { Tensors } from "../../../tensor/tensor.ts";

export interface WorkerSetup {
  readonly modelPath: string;
  readonly intraOpThreads: number;
  /** The level of `optimization { graph { level } }`, in ONNX Runtime's words. */
  readonly graphOptimization: "disabled" | "basic" | "extended" | "all";
}

/** A graph input or output; names stand for variable sizes. */
export interface GraphTensor {
  readonly name: string;
  /** ONNX Runtime's name of the type, which is ours. */
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

export interface GraphSignature {
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];
}

export interface RunRequest {
  readonly id: number;
  readonly inputs: Tensors;
  readonly outputs: readonly string[];
}

export type ToWorker = RunRequest | "close";

export type FromWorker =
  | { readonly kind: "ready"; readonly signature: GraphSignature }
  | { readonly kind: "not-loaded"; readonly reason: string; readonly isMissingPackage: boolean }
  | { readonly kind: "done"; readonly id: number; readonly outputs: Tensors }
  | { readonly kind: "failed"; readonly id: number; readonly reason: string };
