/**
 * A neural network as plain data: ONNX's graph without its encoding. `graph/` makes it,
 * `formats/onnx` reads and writes it; neither knows the other, so the shape they share is here.
 * Weights are lazy views, so a graph of any size fits in memory.
 */
import type { DType, NumericDType } from "./dtype.ts";
import type { TensorView } from "./tensor-view.ts";

/** A size, or the name of a size that is known at run time; `"?"` if not even a name is known. */
export type Dim = number | string;

export const UNKNOWN_DIM = "?";

/** An input or output of a graph. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** Undefined if not even the rank is known. */
  readonly shape: readonly Dim[] | undefined;
}

/** One value of a node's attribute; the key is the ONNX attribute type. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  /** An encoded AttributeProto, kept as it was read: subgraphs, tensors, integers over 2^53. */
  | { readonly encoded: Uint8Array };

export interface GraphNode {
  readonly name: string;
  readonly opType: string;
  /** Empty: the standard operators. */
  readonly domain: string;
  /** Names of values; an empty name is an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A constant tensor of a graph; a weight becomes one. */
export interface Initializer {
  readonly name: string;
  /** Type in the graph; the view may have another one and is converted when it is written. */
  readonly dtype: NumericDType;
  readonly shape: readonly number[];
  readonly view: TensorView;
}

export interface ModelGraph {
  readonly name: string;
  readonly irVersion: number;
  /** Versions by domain; the standard operators have the domain `""`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** In an order in which each value is defined before it is used. */
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  /** Fields of a read model that this type does not describe, as encoded; written back as is. */
  readonly otherFields?: { readonly model: Uint8Array; readonly graph: Uint8Array };
}
