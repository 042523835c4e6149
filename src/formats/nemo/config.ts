/**
 * Brings a model configuration of any NeMo version into today's form: references resolved,
 * `cls: X` (0.x and the 1.0 betas) as `_target_: X`, and `params: {…}` spliced into its parent.
 * Class names are text here; they are looked up in the table of architectures, never imported.
 */
import { resolveInterpolations } from "../yaml/interpolate.ts";
import { isConfigList, isConfigMap, type ConfigMap, type ConfigValue } from "../yaml/value.ts";

/** The root keeps its `target`; all nodes below are brought into today's form. */
export function normaliseConfig(document: ConfigMap): ConfigMap {
  const resolved = resolveInterpolations(document) as ConfigMap;
  return new Map([...resolved].map(([key, value]) => [key, normaliseNode(value)]));
}

function normaliseNode(value: ConfigValue): ConfigValue {
  if (isConfigList(value)) return value.map(normaliseNode);
  if (!isConfigMap(value)) return value;
  const entries = new Map([...value].map(([key, item]) => [key, normaliseNode(item)]));
  const params = entries.get("params");
  const classKey = ["_target_", "cls", "target"].find(
    (key) => typeof entries.get(key) === "string",
  );
  const isOldClass = classKey === "cls" || (classKey === "target" && params !== undefined);
  if (classKey === undefined || (!isOldClass && params === undefined)) return entries;
  const result = new Map<string, ConfigValue>([["_target_", entries.get(classKey) ?? null]]);
  for (const [key, item] of entries) {
    if (key !== classKey && key !== "params") result.set(key, item);
  }
  if (isConfigMap(params)) for (const [key, item] of params) result.set(key, item);
  return result;
}
