/**
 * A place in a network, as torch's modules are: the path is the prefix of the weights' keys and
 * the scope of the nodes, so both always agree.
 */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/value.ts";
import type { TensorView } from "../tensor/tensor-view.ts";
import type { Weights } from "./weights.ts";

/** A part of a network that turns one value into another. */
export type Layer = (x: Value) => Value;

export class Module {
  readonly g: GraphBuilder;
  readonly weights: Weights;
  /** Dotted, as in the state dict; empty for the whole model. */
  readonly path: string;

  constructor(g: GraphBuilder, weights: Weights, path = "") {
    this.g = g;
    this.weights = weights;
    this.path = path;
  }

  /** The module below, `child("layers.3")` or `child(3)`. */
  child(name: string | number): Module {
    return new Module(this.g, this.weights, this.key(String(name)));
  }

  /** Runs `body` with the nodes named after this module. */
  run<T>(body: (g: GraphBuilder) => T): T {
    return this.g.within(this.path.replaceAll(".", "/"), () => body(this.g));
  }

  has(name: string): boolean {
    return this.weights.has(this.key(name));
  }

  /** Takes a weight without putting it into the graph; see {@link Weights.take}. */
  take(name: string, shape: readonly number[]): TensorView {
    return this.weights.take(this.key(name), shape);
  }

  /** A weight as a value; `change` turns or folds the view first. */
  weight(
    name: string,
    shape: readonly number[],
    change: (view: TensorView) => TensorView = (view) => view,
  ): Value {
    return this.g.weight(this.key(name), change(this.take(name, shape)));
  }

  /** Puts a computed view into the graph under the key of the weight that it stands for. */
  derived(name: string, view: TensorView): Value {
    return this.g.weight(this.key(name), view);
  }

  key(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }
}
