/** What a pickle describes, as plain data. Nothing here is ever called or constructed. */

/** Keys of a dictionary; other hashable values (tuples) do not occur in checkpoints. */
export type PickleKey = string | number | bigint | boolean | null;

export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}
export interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
}
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: Map<PickleKey, PickleValue>;
}
/** A name out of the closed list, `module name`. */
export interface PickleGlobal {
  readonly kind: "global";
  readonly name: string;
}
/** Something that the reader of a format made from a call or a persistent id. */
export interface PickleOpaque {
  readonly kind: "opaque";
  readonly value: unknown;
}

type PickleCompound = PickleTuple | PickleList | PickleDict | PickleGlobal | PickleOpaque;

export type PickleValue = PickleKey | Uint8Array | PickleCompound;

/** Narrows to one of the compound kinds. */
export function isKind<K extends PickleCompound["kind"]>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleCompound, { readonly kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** A number or short text itself, else a word for what it is; for messages. */
export function showPickleValue(value: PickleValue | undefined): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string" && value.length <= 40) return `'${value}'`;
  return value === undefined ? "nothing" : describePickleValue(value);
}

/** A word for messages: what kind of value this is. */
export function describePickleValue(value: PickleValue): string {
  if (value === null) return "None";
  if (typeof value !== "object") return typeof value;
  if (value instanceof Uint8Array) return "bytes";
  return value.kind === "global" ? `'${value.name}'` : value.kind;
}
