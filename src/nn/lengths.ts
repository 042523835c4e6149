/**
 * How many frames of each row of a batch are real. Masks are made on first use and shared by
 * all layers between two changes of the frame rate.
 */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/value.ts";

/** Arithmetic of a strided window: `floor((length + padding - extent) / stride) + 1`. */
export interface WindowArithmetic {
  readonly extent: number;
  readonly padding: number;
  readonly stride: number;
}

export class Lengths {
  readonly g: GraphBuilder;
  /** int64 [B]. */
  readonly value: Value;
  #valid: Value | undefined;
  #mask: Value | undefined;
  #imageMask: Value | undefined;
  #count: Value | undefined;

  constructor(g: GraphBuilder, value: Value) {
    this.g = g;
    this.value = value;
  }

  /** bool [B, T] for a tensor whose axis `timeAxis` is time: true on real frames. */
  valid(x: Value, timeAxis: number): Value {
    return (this.#valid ??= this.g.within("lengths", () => {
      const range = frameRange(this.g, x, timeAxis);
      return this.g.Less(this.g.Unsqueeze(range, [0]), this.g.Unsqueeze(this.value, [1]));
    }));
  }

  /** float32 [B, 1, T] for a tensor [B, C, T]: 1 on real frames, else 0. */
  mask(x: Value): Value {
    return (this.#mask ??= this.g.within("lengths", () =>
      this.g.Unsqueeze(this.g.Cast(this.valid(x, 2), "float32"), [1]),
    ));
  }

  /** float32 [B, 1, T, 1] for a tensor [B, C, T, F]: 1 on real frames, else 0. */
  imageMask(x: Value): Value {
    return (this.#imageMask ??= this.g.within("lengths", () =>
      this.g.Unsqueeze(this.g.Cast(this.valid(x, 2), "float32"), [1, 3]),
    ));
  }

  /** The lengths as float32 [B, 1, 1], to divide sums by. */
  count(): Value {
    return (this.#count ??= this.g.within("lengths", () =>
      this.g.Cast(this.g.Unsqueeze(this.value, [1, 2]), "float32"),
    ));
  }

  /** The lengths behind a strided layer. */
  after({ extent, padding, stride }: WindowArithmetic): Lengths {
    if (stride === 1 && padding === extent - 1) return this;
    // Div truncates towards zero: with the 1 inside, an empty row (length 0) stays empty
    const shift = stride - (extent - padding);
    const next = this.g.within("lengths", () => {
      const shifted = shift === 0 ? this.value : this.g.Add(this.value, shift);
      return stride === 1 ? shifted : this.g.Div(shifted, stride);
    });
    return new Lengths(this.g, next);
  }
}

/** 0, 1, … up to the size of an axis: int64 [T]. */
export function frameRange(g: GraphBuilder, x: Value, axis: number): Value {
  const size = g.Squeeze(g.sizeOf(x, axis), [0]);
  return g.Range(g.constant("int64", 0), size, g.constant("int64", 1), x.shape[axis] ?? "?");
}
