/** A configuration as plain data: what YAML can say, with text as the only kind of key. */

/** In the order of the file; a Map, so that `__proto__` or `10` are keys like any other. */
export type ConfigMap = ReadonlyMap<string, ConfigValue>;
export type ConfigList = readonly ConfigValue[];
export type ConfigValue = null | boolean | number | string | ConfigList | ConfigMap;

/** OmegaConf's mark of a value that must be given and was not. */
export const MISSING = "???";

export function isConfigMap(value: ConfigValue | undefined): value is ConfigMap {
  return value instanceof Map;
}

export function isConfigList(value: ConfigValue | undefined): value is ConfigList {
  return Array.isArray(value);
}

/** The value as plain objects and arrays, for JSON. */
export function toPlainObject(value: ConfigValue): unknown {
  if (isConfigList(value)) return value.map(toPlainObject);
  if (!isConfigMap(value)) return value;
  return Object.fromEntries([...value].map(([key, item]) => [key, toPlainObject(item)]));
}

/** The opposite: what `toPlainObject` made (or JSON) as a configuration value. */
export function fromPlainObject(value: unknown): ConfigValue {
  if (Array.isArray(value)) return value.map(fromPlainObject);
  if (typeof value !== "object" || value === null) return value as ConfigValue;
  return new Map(Object.entries(value).map(([key, item]) => [key, fromPlainObject(item)]));
}
