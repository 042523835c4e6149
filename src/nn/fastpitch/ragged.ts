/**
 * Ragged batches, as Riva sends them: the rows one behind the other and the places where each
 * begins. NeMo unpacks them in a loop; here all places are looked up at once.
 */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";

/** What a value is filled with behind the end of a row. */
export interface RaggedValue {
  /** [N], all rows together */
  readonly value: Value;
  readonly fill: number;
}

/**
 * [N] to [B, T] for several values of the same rows. `offsets` is int32 [B+1]: 0 and the end of
 * each row.
 */
export function padRagged<Name extends string>(
  g: GraphBuilder,
  values: Readonly<Record<Name, RaggedValue>>,
  offsets: Value,
): Record<Name, Value> {
  const bounds = g.Cast(offsets, "int64");
  const starts = g.Slice(bounds, [{ axis: 0, start: 0, end: -1 }]);
  const lengths = g.Sub(g.Slice(bounds, [{ axis: 0, start: 1 }]), starts);
  const longest = g.ReduceMax(lengths, { axes: [0], keepdims: false });
  const places = g.Range(g.constant("int64", 0), longest, g.constant("int64", 1), "T");
  const valid = g.Less(g.Unsqueeze(places, [0]), g.Unsqueeze(lengths, [1]));
  const index = g.Where(valid, g.Add(g.Unsqueeze(starts, [1]), places), 0);
  const padded = Object.entries<RaggedValue>(values).map(([name, { value, fill }]) => [
    name,
    g.Where(valid, g.Gather(value, index, 0), fill),
  ]);
  return Object.fromEntries(padded) as Record<Name, Value>;
}
