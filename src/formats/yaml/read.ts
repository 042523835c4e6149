/**
 * Reads YAML as OmegaConf (and so NeMo) reads it: YAML 1.1 as PyYAML knows it, but floats without
 * a dot (`1e-05`) are floats and dates stay text. Tags that name Python objects are refused, and
 * limits hold against documents that unfold to billions of nodes.
 */
import {
  defineScalarTag,
  FAILSAFE_SCHEMA,
  intYaml11Tag,
  load,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  realMapTag,
  YAMLException,
} from "js-yaml";
import { ToolError } from "../../errors/tool-error.ts";
import type { ConfigValue } from "./value.ts";

/** A configuration with a vocabulary of 250 000 entries has 10 MB; usual ones have 5 kB. */
export const MAX_YAML_BYTES = 64 * 1024 * 1024;
/** NeMo's configurations are six levels deep. */
const MAX_DEPTH = 100;
/** Counted with aliases unfolded. */
const MAX_NODES = 2_000_000;
const MAX_ALIASES = 10_000;

/** The five forms of a float in OmegaConf's loader; sexagesimal floats are left out as unused. */
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const floatTag = defineScalarTag<number>("tag:yaml.org,2002:float", {
  implicit: true,
  implicitFirstChars: "-+.0123456789".split(""),
  resolve: (text) => (FLOAT.test(text) ? parseFloatText(text) : NOT_RESOLVED),
  identify: (value) => typeof value === "number",
});

/** PyYAML's booleans. YAML 1.1 also has `y` and `n`, which in a vocabulary are letters. */
const BOOLEAN =
  /^(?:(yes|Yes|YES|true|True|TRUE|on|On|ON)|no|No|NO|false|False|FALSE|off|Off|OFF)$/;

const booleanTag = defineScalarTag<boolean>("tag:yaml.org,2002:bool", {
  implicit: true,
  implicitFirstChars: "yYnNtTfFoO".split(""),
  resolve: (text) => {
    const match = BOOLEAN.exec(text);
    return match === null ? NOT_RESOLVED : match[1] !== undefined;
  },
  identify: (value) => typeof value === "boolean",
});

const SCHEMA = FAILSAFE_SCHEMA.withTags(
  nullYaml11Tag,
  booleanTag,
  intYaml11Tag,
  floatTag,
  mergeTag,
  realMapTag,
);

/**
 * The one document of a YAML text.
 * @throws ToolError INVALID_FILE (with line and column), LIMIT_EXCEEDED
 */
export function parseYaml(bytes: Uint8Array): ConfigValue {
  if (bytes.byteLength > MAX_YAML_BYTES) throw tooLarge(`${bytes.byteLength} bytes`);
  let document: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    document = load(text, { schema: SCHEMA, maxDepth: MAX_DEPTH, maxAliases: MAX_ALIASES });
  } catch (error) {
    throw invalid(error);
  }
  const budget = { nodes: MAX_NODES };
  return toConfigValue(document, budget, 0);
}

function parseFloatText(text: string): number {
  const plain = text.replaceAll("_", "").toLowerCase();
  if (plain.endsWith("inf")) return plain.startsWith("-") ? -Infinity : Infinity;
  return plain === ".nan" ? Number.NaN : Number(plain);
}

/** Copies, so that shared nodes (aliases) are counted as often as they are named. */
function toConfigValue(value: unknown, budget: { nodes: number }, depth: number): ConfigValue {
  if (--budget.nodes < 0) throw tooLarge(`more than ${MAX_NODES} values`);
  // aliases can nest deeper than the text does, and in a circle
  if (depth > MAX_DEPTH) throw tooLarge(`more than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.map((item) => toConfigValue(item, budget, depth + 1));
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)].map(
      ([key, item]) => [toKey(key), toConfigValue(item, budget, depth + 1)] as const,
    );
    return new Map(entries);
  }
  if (typeof value === "bigint") return Number(value);
  if (
    value === null ||
    typeof value === "boolean" ||
    typeof value === "number" ||
    typeof value === "string"
  ) {
    return value;
  }
  throw invalid(new Error("an empty document or an unexpected type"));
}

function toKey(key: unknown): string {
  if (key === null || typeof key !== "object") return String(key);
  throw invalid(new Error("a key that is a list or a map"));
}

function invalid(cause: unknown): ToolError {
  const isExpected = cause instanceof Error;
  const reason = !isExpected
    ? "unreadable"
    : cause instanceof YAMLException
      ? describe(cause)
      : cause.message;
  return new ToolError("INVALID_FILE", `not valid YAML: ${reason}`, {
    hint: "the file is damaged or was edited by hand; compare it with the configuration of the training",
    cause,
  });
}

/** The message without the quoted lines of the text. */
function describe(error: YAMLException): string {
  return (error.message.split("\n")[0] as string).slice(0, 300);
}

function tooLarge(what: string): ToolError {
  return new ToolError("LIMIT_EXCEEDED", `YAML: ${what}`, {
    hint: "no configuration needs this; the file is damaged or hostile",
  });
}
