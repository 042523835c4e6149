/**
 * Typed reading of a configuration, value by value, with the dotted path in every error:
 * `encoder.d_model: expected a positive integer, got "512"`. A converter reads through this once
 * and trusts the result.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { isUnresolved } from "../yaml/interpolate.ts";
import { isConfigList, isConfigMap, MISSING, type ConfigValue } from "../yaml/value.ts";

export interface IntegerRange {
  readonly min?: number;
  readonly max?: number;
}

/** One place in a configuration; the value may be absent. */
export class ConfigNode {
  /** Dotted path from the root; empty for the root itself. */
  readonly path: string;
  /** Undefined if there is no such key. */
  readonly value: ConfigValue | undefined;
  /** The file that errors name. */
  readonly file: string;

  constructor(value: ConfigValue | undefined, path = "", file = "model_config.yaml") {
    this.value = value;
    this.path = path;
    this.file = file;
  }

  /** The value at a dotted path below this one; never throws, an absent one is absent. */
  get(dottedPath: string): ConfigNode {
    let value = this.value;
    for (const part of dottedPath.split(".")) {
      if (isConfigMap(value)) value = value.get(part);
      else value = isConfigList(value) ? value[Number(part)] : undefined;
    }
    return this.#below(dottedPath, value);
  }

  /** True for a value that is neither absent, `null`, the text `None` nor `???`. */
  get isPresent(): boolean {
    const { value } = this;
    return value !== undefined && value !== null && value !== "None" && value !== MISSING;
  }

  /** Itself if present, else undefined: `config.get("x").optional()?.integer() ?? 8`. */
  optional(): ConfigNode | undefined {
    return this.isPresent ? this : undefined;
  }

  /** A text. `fallback` stands for an absent key, here and below; `null` is not absent. */
  string(fallback?: string): string {
    return this.#read("text", fallback, (value) => (typeof value === "string" ? value : undefined));
  }

  boolean(fallback?: boolean): boolean {
    return this.#read("true or false", fallback, (value) =>
      typeof value === "boolean" ? value : undefined,
    );
  }

  /** Any finite number. */
  number(fallback?: number): number {
    return this.#read("a number", fallback, (value) =>
      typeof value === "number" && Number.isFinite(value) ? value : undefined,
    );
  }

  integer(range: IntegerRange = {}, fallback?: number): number {
    const { min = -Infinity, max = Infinity } = range;
    return this.#read(describeRange(range), fallback, (value) =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
        ? value
        : undefined,
    );
  }

  positiveInteger(fallback?: number): number {
    return this.integer({ min: 1 }, fallback);
  }

  /** One of a few texts. */
  oneOf<const T extends string>(choices: readonly T[], fallback?: T): T {
    return this.#read(`one of ${choices.join(", ")}`, fallback, (value) =>
      choices.find((choice) => choice === value),
    );
  }

  /** The elements of a list. */
  items(): readonly ConfigNode[] {
    const list = this.#read("a list", undefined, (value) =>
      isConfigList(value) ? value : undefined,
    );
    return list.map((item, i) => this.#below(String(i), item));
  }

  /** A list of texts, such as a vocabulary; numbers and booleans in it are refused. */
  strings(): readonly string[] {
    return this.items().map((item) => item.string());
  }

  integers(range: IntegerRange = {}): readonly number[] {
    return this.items().map((item) => item.integer(range));
  }

  /** The keys and values of a map, in the order of the file. */
  entries(): readonly (readonly [key: string, node: ConfigNode])[] {
    const map = this.#read("a map", undefined, (value) => (isConfigMap(value) ? value : undefined));
    return [...map].map(([key, value]) => [key, this.#below(key, value)]);
  }

  /** The error for a value that is not what was expected here (`a multiple of encoder.n_heads`). */
  unexpected(expected: string): ToolError {
    return new ToolError(
      "INVALID_CONFIG",
      `${this.path}: expected ${expected}, ${describeFound(this.value)}`,
      {
        at: this.file,
        hint: "the configuration is not what its class needs; if it was edited by hand, compare it with the one of the training",
      },
    );
  }

  #below(key: string, value: ConfigValue | undefined): ConfigNode {
    return new ConfigNode(value, this.path === "" ? key : `${this.path}.${key}`, this.file);
  }

  #read<T>(
    expected: string,
    fallback: T | undefined,
    accept: (value: ConfigValue) => T | undefined,
  ): T {
    const { value } = this;
    if (value === undefined || value === MISSING) {
      if (fallback !== undefined) return fallback;
      throw this.unexpected(expected);
    }
    if (typeof value === "string" && isUnresolved(value)) throw this.unexpected(expected);
    const accepted = accept(value);
    if (accepted === undefined) throw this.unexpected(expected);
    return accepted;
  }
}

function describeRange({ min, max }: IntegerRange): string {
  if (min === 1 && max === undefined) return "a positive integer";
  if (min === undefined && max === undefined) return "an integer";
  if (max === undefined) return `an integer of at least ${min}`;
  return min === undefined ? `an integer of at most ${max}` : `an integer from ${min} to ${max}`;
}

function describeFound(value: ConfigValue | undefined): string {
  if (value === undefined) return "but it is missing";
  if (value === MISSING) return "but it was left open (???)";
  if (isConfigMap(value)) return "got a map";
  if (isConfigList(value)) return `got a list of ${value.length}`;
  if (typeof value === "string" && isUnresolved(value))
    return `got the unresolved reference ${value.slice(0, 100)}`;
  return `got ${JSON.stringify(value).slice(0, 100)}`;
}
