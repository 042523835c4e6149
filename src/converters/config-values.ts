/** Reading of configuration values that several architectures share. */
import { ToolError } from "../errors/tool-error.ts";
import type { ConfigNode } from "../formats/nemo/config-node.ts";

/** A positive integer, or `fallback` if there is none. */
export function count(node: ConfigNode, fallback?: number): number {
  return fallback === undefined
    ? node.positiveInteger()
    : (node.optional()?.positiveInteger() ?? fallback);
}

/** A positive integer; NeMo writes -1 (and null, and sometimes 0) for "not set". */
export function countOrNone(node: ConfigNode, unset: readonly number[] = [-1]): number | undefined {
  const value = node.optional()?.integer({ min: -1 });
  if (value === undefined || unset.includes(value)) return undefined;
  if (value < 0) throw node.unexpected("a positive integer or -1");
  return value;
}

export function flag(node: ConfigNode, fallback: boolean): boolean {
  return node.optional()?.boolean() ?? fallback;
}

/** One of the variants that we know. @throws ToolError UNSUPPORTED_ARCHITECTURE for another */
export function variant<const T extends string>(
  node: ConfigNode,
  known: readonly T[],
  fallback?: T,
): T {
  const value = node.isPresent || fallback === undefined ? node.string() : fallback;
  return known.find((candidate) => candidate === value) ?? refuse(node, known.join(", "));
}

/** For a value that NeMo knows and we do not. */
export function refuse(node: ConfigNode, supported: string): never {
  const shown = JSON.stringify(node.value) ?? "nothing";
  throw new ToolError(
    "UNSUPPORTED_ARCHITECTURE",
    `${node.path}: ${shown.slice(0, 100)} is not supported`,
    {
      at: node.file,
      hint: `supported: ${supported}`,
    },
  );
}

/** The class of a section, without its module: modules moved between versions. */
export function className(target: string): string {
  return target.slice(target.lastIndexOf(".") + 1);
}
