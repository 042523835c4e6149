/**
 * What metadata and artifact properties of an EFF archive can hold. Maps are real `Map`s, so a
 * key such as `__proto__` is plain data.
 */
export type EffValue =
  | null
  | boolean
  | number
  /** Integers beyond 2^53. */
  | bigint
  /** Dates and times too: they are kept as they are written. */
  | string
  | Uint8Array
  | readonly EffValue[]
  | EffMap;

export type EffMap = ReadonlyMap<string, EffValue>;

/** A map from the own properties of a plain object. */
export function effMap(entries: Readonly<Record<string, EffValue>>): EffMap {
  return new Map(Object.entries(entries));
}

/** True for a map, so that `value` is narrowed. */
export function isEffMap(value: EffValue | undefined): value is EffMap {
  return value instanceof Map;
}

/** The text under `key`, or undefined if there is none or it is no text. */
export function textOf(map: EffMap, key: string): string | undefined {
  const value = map.get(key);
  return typeof value === "string" ? value : undefined;
}

/** The value as one line for people: text as it is, all else as JSON. */
export function showEffValue(value: EffValue | undefined): string {
  if (typeof value === "string") return value;
  return (
    JSON.stringify(value, (_, item: unknown) => {
      if (item instanceof Map) return Object.fromEntries(item) as unknown;
      return typeof item === "bigint" ? item.toString() : item;
    }) ?? "nothing"
  );
}
