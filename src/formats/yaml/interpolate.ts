/**
 * Resolves `${a.b}` and relative `${.x}` within one document. NeMo writes its files resolved, so
 * this is for files edited by hand and TAO's. Nothing else is looked up: `${oc.env:HOME}` and what
 * leads nowhere stay as they are, and are an error only where the value is used.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { isConfigList, isConfigMap, type ConfigValue } from "./value.ts";

const REFERENCE = /\$\{(\.*)([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\}/g;
/** References to references; a circle ends here. */
const MAX_HOPS = 20;
/** Counted with references unfolded: they can multiply like aliases. */
const MAX_NODES = 2_000_000;

/** True if text still holds a reference. */
export function isUnresolved(text: string): boolean {
  return text.includes("${");
}

/** A copy with all references replaced that lead to a value. */
export function resolveInterpolations(root: ConfigValue): ConfigValue {
  const budget = { nodes: MAX_NODES };

  const resolve = (value: ConfigValue, path: readonly string[], hops: number): ConfigValue => {
    if (--budget.nodes < 0) {
      throw new ToolError(
        "LIMIT_EXCEEDED",
        `the configuration unfolds to more than ${MAX_NODES} values`,
        {
          hint: "its references multiply; the file is damaged or hostile",
        },
      );
    }
    if (isConfigList(value))
      return value.map((item, i) => resolve(item, [...path, String(i)], hops));
    if (isConfigMap(value)) {
      return new Map([...value].map(([key, item]) => [key, resolve(item, [...path, key], hops)]));
    }
    return typeof value === "string" && isUnresolved(value)
      ? replaceReferences(value, path, hops)
      : value;
  };

  const replaceReferences = (text: string, path: readonly string[], hops: number): ConfigValue => {
    const targets = [...text.matchAll(REFERENCE)].map((match) => ({
      text: match[0],
      value:
        hops >= MAX_HOPS ? undefined : followReference(match[1] ?? "", match[2] ?? "", path, hops),
    }));
    const [only] = targets;
    // a reference alone takes over the type of what it names
    if (only?.text === text) return only.value ?? (only.value === null ? null : text);
    return targets.reduce((result, target) => {
      const { value } = target;
      if (value === undefined || value === null || typeof value === "object") return result;
      return result.replace(target.text, () => String(value));
    }, text);
  };

  const followReference = (
    dots: string,
    name: string,
    path: readonly string[],
    hops: number,
  ): ConfigValue | undefined => {
    const parts = name.split(".");
    // one dot: beside this value; each further dot: one level up
    const base = dots === "" ? [] : path.slice(0, Math.max(0, path.length - dots.length));
    const candidates = [[...base, ...parts]];
    // written for the whole training configuration, of which a checkpoint keeps `model`
    if (dots === "" && parts[0] === "model") candidates.push(parts.slice(1));
    for (const candidate of candidates) {
      const target = lookUp(root, candidate);
      if (target !== undefined) return resolve(target, candidate, hops + 1);
    }
    return undefined;
  };

  return resolve(root, [], 0);
}

function lookUp(root: ConfigValue, path: readonly string[]): ConfigValue | undefined {
  let value: ConfigValue | undefined = root;
  for (const part of path) {
    if (isConfigMap(value)) value = value.get(part);
    else if (isConfigList(value)) value = value[Number(part)];
    else return undefined;
  }
  return value;
}
