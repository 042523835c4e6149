/**
 * Reads a value of a configuration file as the type that it must have. Errors carry the dotted
 * path and what was found; a missing or null key takes the default, if there is one.
 */
import { ToolError } from "../errors/tool-error.ts";

export class ConfigReader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** @throws ToolError INVALID_CONFIG if `value` is no mapping. */
  constructor(value: unknown, path = "") {
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw invalid(path || "model_config.yaml", "a mapping", value);
    }
    this.#value = value as Readonly<Record<string, unknown>>;
  }

  /** The raw value; undefined if it is missing or null. */
  raw(key: string): unknown {
    return Object.hasOwn(this.#value, key) ? (this.#value[key] ?? undefined) : undefined;
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  section(key: string): ConfigReader {
    return new ConfigReader(this.raw(key), this.pathOf(key));
  }

  sections(key: string): readonly ConfigReader[] {
    return this.list(key).map(
      (item, index) => new ConfigReader(item, `${this.pathOf(key)}.${index}`),
    );
  }

  list(key: string): readonly unknown[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) throw invalid(this.pathOf(key), "a list", value);
    return value;
  }

  /** A whole number, at least `min` (default 1). */
  int(key: string, options: { readonly default?: number; readonly min?: number } = {}): number {
    const value = this.raw(key) ?? options.default;
    const { min = 1 } = options;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
    const expected =
      min === 1 ? "a positive integer" : min < -1 ? "an integer" : `an integer from ${min}`;
    throw invalid(this.pathOf(key), expected, value);
  }

  /** A whole number that may be written as a list of one, as Jasper's kernels are. */
  intOrList(key: string, fallback: number): number {
    const value = this.raw(key);
    if (!Array.isArray(value)) return this.int(key, { default: fallback });
    return new ConfigReader({ [key]: value.length === 1 ? value[0] : value }, this.#path).int(key);
  }

  /** A finite number; text such as `1e-05` counts, because YAML 1.1 readers leave it as text. */
  number(key: string, fallback?: number): number {
    const value = this.raw(key) ?? fallback;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    throw invalid(this.pathOf(key), "a number", value);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === "boolean") return value;
    throw invalid(this.pathOf(key), "true or false", value);
  }

  string(key: string, fallback?: string): string {
    const value = this.raw(key) ?? fallback;
    if (typeof value === "string") return value;
    throw invalid(this.pathOf(key), "text", value);
  }

  /** One of a closed list. */
  choice<T extends string>(key: string, values: readonly T[], fallback?: T): T {
    const value = this.string(key, fallback);
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw this.unsupported(key, value, values.join(", "));
  }

  /** The error for a value that NeMo knows and we do not. */
  unsupported(key: string, value: unknown, supported: string): ToolError {
    return new ToolError(
      "UNSUPPORTED_ARCHITECTURE",
      `${this.pathOf(key)}: ${show(value)} is not supported`,
      {
        at: this.pathOf(key),
        hint: `supported: ${supported}`,
      },
    );
  }

  /** The error for a value that contradicts another one. */
  contradiction(key: string, expected: string): ToolError {
    return invalid(this.pathOf(key), expected, this.raw(key));
  }

  pathOf(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }
}

function invalid(path: string, expected: string, got: unknown): ToolError {
  return new ToolError("INVALID_CONFIG", `${path}: expected ${expected}, got ${show(got)}`, {
    at: path,
    hint: "correct the value in the checkpoint's model_config.yaml",
  });
}

/** A value as short text. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
