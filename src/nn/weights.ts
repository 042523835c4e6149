/**
 * The weights of a checkpoint, handed out exactly once each. A key that is missing, has another
 * shape than the configuration says, or is left over means that graph and checkpoint do not
 * belong together; silence about it would be a wrong model.
 */
import { assert, ToolError } from "../errors/tool-error.ts";
import type { NumericDType } from "../tensor/dtype.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { StateDict, TensorView } from "../tensor/tensor-view.ts";

const FLOATS: readonly NumericDType[] = ["float32", "float16", "bfloat16", "float64"];
/** How many leftover keys a message lists. */
const MAX_LISTED = 5;

export class Weights {
  readonly #views: StateDict;
  readonly #taken = new Set<string>();

  constructor(views: StateDict) {
    this.#views = views;
  }

  has(name: string): boolean {
    return this.#views.has(name);
  }

  /** The shape of a weight, without taking it; undefined if there is none of this name. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.#views.get(name)?.shape;
  }

  /**
   * Takes a weight out.
   * @throws ToolError INVALID_CONFIG if it is missing, of another shape, or not of floats.
   */
  take(name: string, shape: readonly number[]): TensorView {
    assert(!this.#taken.has(name), `the weight ${name} is taken twice`);
    const view = this.#views.get(name);
    if (view === undefined) {
      return refuse(name, `a weight of shape ${formatShape(shape)} is expected, but there is none`);
    }
    if (!sameShape(view.shape, shape)) {
      refuse(
        name,
        `the weight has the shape ${formatShape(view.shape)}, the configuration says ${formatShape(shape)}`,
      );
    }
    if (!FLOATS.includes(view.dtype)) refuse(name, `the weight is ${view.dtype}, expected floats`);
    this.#taken.add(name);
    return view;
  }

  /**
   * Checks that nothing is left over but what `ignored` matches.
   * @throws ToolError INVALID_CONFIG listing the leftovers.
   */
  assertAllTaken(ignored: readonly RegExp[] = []): void {
    const left = [...this.#views.keys()].filter(
      (name) => !this.#taken.has(name) && !ignored.some((pattern) => pattern.test(name)),
    );
    const [first] = left;
    if (first === undefined) return;
    const more = left.length > MAX_LISTED ? ` and ${left.length - MAX_LISTED} more` : "";
    throw new ToolError(
      "INVALID_CONFIG",
      `weights that the configuration does not mention: ${left.slice(0, MAX_LISTED).join(", ")}${more}`,
      {
        at: first,
        hint: "the model has layers that this converter does not know, or the configuration is of another model",
      },
    );
  }
}

function refuse(name: string, message: string): never {
  throw new ToolError("INVALID_CONFIG", message, {
    at: name,
    hint: "weights and configuration are of different models, or the model was changed after training",
  });
}
