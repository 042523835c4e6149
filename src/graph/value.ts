import type { Dim } from "../tensor/model-graph.ts";
import type { DType } from "../tensor/dtype.ts";

/** A tensor of a graph under construction: what an op returns and the next op takes. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** `float32 [B, 64, T]`, for messages. */
export function describeValue(value: Value): string {
  return `${value.dtype} [${value.shape.join(", ")}]`;
}
