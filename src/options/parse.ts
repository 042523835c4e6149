/**
 * From the words of a command line to typed values. The words are split by `node:util`; what
 * differs from it: booleans take values (`--streaming=False`), unknown options get a suggestion.
 */
import { parseArgs } from "node:util";
import { ToolError } from "../errors/tool-error.ts";
import { nearest } from "./nearest.ts";
import type { OptionSpec, OptionTable, OptionValues, PositionalSpec } from "./option.ts";
import { isBooleanWord, parseOptionValue } from "./value.ts";

/** One option as given, before its value is typed; `value` is undefined for a bare flag. */
export interface GivenOption {
  readonly name: string;
  readonly value: string | undefined;
}

export interface CommandWords {
  readonly options: readonly GivenOption[];
  readonly positionals: readonly string[];
}

export interface ParsedOptions<T extends OptionTable> {
  readonly values: OptionValues<T>;
  /** Names that the user gave (not those that have their default). */
  readonly given: ReadonlySet<keyof T & string>;
}

/**
 * Splits words into options and positionals; knows the table only to tell flags from options
 * that take the next word.
 */
export function splitWords(words: readonly string[], table: OptionTable): CommandWords {
  const { tokens } = parseArgs({
    args: [...words],
    options: parserOptions(table),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options: GivenOption[] = [];
  const positionals: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token?.kind === "positional") {
      positionals.push(token.value);
    } else if (token?.kind === "option") {
      const name = resolveName(token.name, token.rawName, table);
      options.push({ name, value: token.value });
      const next = tokens[i + 1];
      const type = table[name]?.type;
      if (
        type === "bool" &&
        token.value === undefined &&
        next?.kind === "positional" &&
        isBooleanWord(next.value)
      ) {
        options[options.length - 1] = { name, value: next.value };
        i++;
      }
      while (type === "key-values") {
        const more = tokens[i + 1];
        if (more?.kind !== "positional" || !more.value.includes("=")) break;
        options.push({ name, value: more.value });
        i++;
      }
    }
  }
  return { options, positionals };
}

function parserOptions(
  table: OptionTable,
): Record<string, { type: "string" | "boolean"; short?: string }> {
  const entries = Object.entries(table).flatMap(([name, spec]) => {
    const type = spec.type === "bool" ? ("boolean" as const) : ("string" as const);
    const main = [name, spec.short === undefined ? { type } : { type, short: spec.short }] as const;
    return [main, ...(spec.aliases ?? []).map((alias) => [alias, { type }] as const)];
  });
  return Object.fromEntries(entries);
}

function resolveName(name: string, rawName: string, table: OptionTable): string {
  if (Object.hasOwn(table, name)) return name;
  const owner = Object.entries(table).find(([, spec]) => spec.aliases?.includes(name));
  if (owner !== undefined) return owner[0];
  const suggestion = nearest(name, visibleNames(table));
  throw new ToolError("USAGE", `unknown option ${rawName}`, {
    hint: suggestion === undefined ? "see --help for the options" : `did you mean --${suggestion}?`,
  });
}

function visibleNames(table: OptionTable): string[] {
  return Object.entries(table)
    .filter(([, spec]) => spec.hidden !== true)
    .map(([name]) => name);
}

/**
 * Types the given options and fills in defaults; of an option given twice the last one counts,
 * except `key-values`, which collect.
 * @throws ToolError USAGE for wrong values and missing required options
 */
export function typeOptions<T extends OptionTable>(
  given: readonly GivenOption[],
  table: T,
): ParsedOptions<T> {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    if (spec.default !== undefined) values[name] = spec.default;
  }
  for (const { name, value } of given) {
    const spec = table[name] as OptionSpec;
    const typed = parseOptionValue(name, spec, value);
    values[name] =
      spec.type === "key-values" ? { ...(values[name] as object), ...(typed as object) } : typed;
  }
  const missing = Object.entries(table).find(
    ([name, spec]) => spec.required === true && values[name] === undefined,
  );
  if (missing !== undefined) {
    throw new ToolError("USAGE", `missing --${missing[0]}`, { hint: missing[1].doc });
  }
  return { values: values as OptionValues<T>, given: new Set(given.map((option) => option.name)) };
}

/**
 * Checks the number of positionals.
 * @throws ToolError USAGE naming the one that is missing or too much
 */
export function checkPositionals(words: readonly string[], specs: readonly PositionalSpec[]): void {
  const missing = specs.find((spec, i) => spec.required === true && words[i] === undefined);
  if (missing !== undefined) {
    throw new ToolError("USAGE", `missing <${missing.name}>`, { hint: missing.doc });
  }
  if (words.length > specs.length && specs.at(-1)?.variadic !== true) {
    throw new ToolError("USAGE", `unexpected argument "${words[specs.length]}"`, {
      hint: "see --help; options start with --",
    });
  }
}
