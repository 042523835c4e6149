/**
 * The YAML of an EFF manifest, both ways. Reading follows YAML 1.2 with the few extras of the
 * original's reader (`1_000`, `0b101`, merge keys, binary, sets) and with limits, for a manifest
 * may be hostile. Writing double-quotes every string and key, which every YAML reader takes the
 * same way (facts: docs/formats/eff.md).
 */
import {
  binaryTag,
  CORE_SCHEMA,
  defineScalarTag,
  load,
  mergeTag,
  NOT_RESOLVED,
  omapTag,
  realMapTag,
  setTag,
} from "js-yaml";
import { assert, ToolError } from "../../errors/tool-error.ts";
import type { EffMap, EffValue } from "./value.ts";

/** A manifest of 20 000 artifacts has 3 MB; real ones have a few kilobytes. */
export const MAX_MANIFEST_BYTES = 4 << 20;
/** Deeper than anything in use, and far from the depth where a stack ends. */
const MAX_DEPTH = 50;
/** Few aliases can stand for billions of nodes, so the nodes count as often as they are named. */
const MAX_NODES = 500_000;
const MAX_ALIASES = 1000;

const INTEGER = /^[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/;

const integerTag = defineScalarTag<number | bigint>("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: "-+0123456789".split(""),
  resolve: (text) => (INTEGER.test(text) ? parseInteger(text.replaceAll("_", "")) : NOT_RESOLVED),
  identify: (value) => Number.isInteger(value),
});

function parseInteger(text: string): number | bigint {
  const digits = text.replace(/^[-+]/, "");
  const magnitude = BigInt(digits);
  const value = text.startsWith("-") ? -magnitude : magnitude;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const SCHEMA = CORE_SCHEMA.withTags(realMapTag, mergeTag, integerTag, binaryTag, setTag, omapTag);

/**
 * The value of a YAML document.
 * @throws ToolError INVALID_FILE if it is no single valid document, LIMIT_EXCEEDED if it is
 * nested or multiplied beyond reason
 */
export function parseManifestYaml(bytes: Uint8Array): EffValue {
  const text = decodeUtf8(bytes);
  let raw: unknown;
  try {
    raw = load(text, { schema: SCHEMA, maxDepth: MAX_DEPTH, maxAliases: MAX_ALIASES });
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] as string) : "unreadable";
    throw new ToolError("INVALID_FILE", `the manifest is not valid YAML: ${reason}`, {
      hint: "the archive is damaged, or it was not written by an EFF tool; make it again",
      cause,
    });
  }
  return toEffValue(raw, 0, { nodes: 0 });
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ToolError("INVALID_FILE", "the manifest is not UTF-8 text", {
      hint: "the archive is damaged, or it was not written by an EFF tool; make it again",
      cause,
    });
  }
}

function toEffValue(raw: unknown, depth: number, budget: { nodes: number }): EffValue {
  if (++budget.nodes > MAX_NODES || depth > MAX_DEPTH) {
    throw new ToolError("LIMIT_EXCEEDED", "the manifest is nested or repeated beyond reason", {
      hint: "do not trust this archive; its manifest is made to exhaust a reader",
    });
  }
  const inner = (value: unknown): EffValue => toEffValue(value, depth + 1, budget);
  if (raw instanceof Map) {
    return new Map([...raw].map(([key, value]) => [stringKey(key), inner(value)]));
  }
  if (raw instanceof Set) return [...raw].map(inner);
  if (Array.isArray(raw)) return raw.map(inner);
  return raw as EffValue;
}

function stringKey(key: unknown): string {
  if (typeof key === "string") return key;
  throw new ToolError("INVALID_FILE", `the manifest has the key ${String(key)}, expected text`, {
    hint: "keys that look like numbers or dates must be quoted",
  });
}

/** The value as one line of YAML that is also JSON (but for binary data). */
export function printFlow(value: EffValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") {
    assert(Number.isFinite(value), "a manifest holds finite numbers");
    return String(value);
  }
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) {
    return `!!binary ${quote(Buffer.from(value).toString("base64"))}`;
  }
  if (Array.isArray(value)) return `[${value.map(printFlow).join(", ")}]`;
  const pairs = sortedEntries(value as EffMap);
  return `{${pairs.map(([key, item]) => `${quote(key)}: ${printFlow(item)}`).join(", ")}}`;
}

/** Entries in the order of their keys (by code unit), so that equal maps print equally. */
export function sortedEntries<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Controls that the original refuses or changes when they stand raw in a quoted string. */
const TO_ESCAPE = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

/** A double-quoted YAML string. */
export function quote(text: string): string {
  assert(!/\p{Surrogate}/u.test(text), "a manifest holds well-formed text");
  return JSON.stringify(text).replace(
    TO_ESCAPE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
