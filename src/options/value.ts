/** From the text of an option to its typed value, with errors that name what is accepted. */
import { ToolError, unreachable } from "../errors/tool-error.ts";
import type { EnumOption, NumberOption, OptionSpec } from "./option.ts";

const TRUE = ["true", "1", "yes", "on"];
const FALSE = ["false", "0", "no", "off"];

/** Is this word a boolean as the tools write it (`True`, `False`)? */
export function isBooleanWord(text: string): boolean {
  return /^(true|false)$/i.test(text);
}

/**
 * The typed value of `text` for the option `name`; `undefined` text means the bare flag.
 * @throws ToolError USAGE
 */
export function parseOptionValue(
  name: string,
  spec: OptionSpec,
  text: string | undefined,
): string | number | boolean | Readonly<Record<string, string>> {
  if (spec.type === "bool") return text === undefined ? true : parseBool(name, text);
  if (text === undefined) throw badValue(name, `expected a value`, `write --${name}=…`);
  switch (spec.type) {
    case "string":
    case "path":
      return text;
    case "int":
    case "float":
      return parseNumber(name, spec, text);
    case "enum":
      return parseEnum(name, spec, text);
    case "key-values":
      return parseKeyValue(name, text);
    default:
      return unreachable(spec);
  }
}

function parseBool(name: string, text: string): boolean {
  const word = text.toLowerCase();
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  throw badValue(
    name,
    `expected True or False, got "${text}"`,
    `write --${name}=True or --${name}=False`,
  );
}

function parseNumber(name: string, spec: NumberOption, text: string): number {
  const kind = spec.type === "int" ? "a whole number" : "a number";
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : NaN;
  if (!Number.isFinite(value) || (spec.type === "int" && !Number.isInteger(value))) {
    throw badValue(
      name,
      `expected ${kind}, got "${text}"`,
      `for example --${name}=${spec.default ?? spec.min ?? 1}`,
    );
  }
  const { min = -Infinity, max = Infinity } = spec;
  if (value < min || value > max) {
    const range =
      max === Infinity
        ? `at least ${min}`
        : min === -Infinity
          ? `at most ${max}`
          : `${min} to ${max}`;
    throw badValue(name, `expected ${range}, got ${text}`, `choose a value in that range`);
  }
  return value;
}

function parseEnum(name: string, spec: EnumOption, text: string): string {
  const found = spec.values.find((value) => value.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw badValue(name, `got "${text}"`, `choose one of ${spec.values.join(", ")}`);
}

function parseKeyValue(name: string, text: string): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at > 0) return { [text.slice(0, at)]: text.slice(at + 1) };
  throw badValue(
    name,
    `expected KEY=VALUE, got "${text}"`,
    `for example --${name} decoder_type=ctc`,
  );
}

function badValue(name: string, problem: string, hint: string): ToolError {
  return new ToolError("USAGE", `--${name}: ${problem}`, { hint });
}
