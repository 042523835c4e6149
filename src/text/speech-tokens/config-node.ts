/** A map of a model config, read field by field; every error carries the dotted path. */
import { ToolError } from "../../errors/tool-error.ts";

export class ConfigNode {
  readonly path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(raw: unknown, path: string) {
    this.path = path;
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
      throw wrongValue(path, "a map", raw);
    }
    this.#fields = raw as Record<string, unknown>;
  }

  /** True if the field is there and not null. */
  has(name: string): boolean {
    return this.value(name) !== undefined && this.value(name) !== null;
  }

  value(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  child(name: string): ConfigNode {
    return new ConfigNode(this.value(name), `${this.path}.${name}`);
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.has(name) ? this.value(name) : fallback;
    if (typeof value === "boolean") return value;
    throw wrongValue(`${this.path}.${name}`, "true or false", value);
  }

  /** Without a fallback the field is required. */
  string(name: string, fallback?: string): string {
    const value = this.has(name) ? this.value(name) : fallback;
    if (typeof value === "string") return value;
    throw wrongValue(`${this.path}.${name}`, "a string", value);
  }

  oneOf<T extends string>(name: string, values: readonly T[], fallback: T): T {
    const value = this.string(name, fallback);
    const known = values.find((candidate) => candidate === value);
    if (known === undefined) throw wrongValue(`${this.path}.${name}`, values.join(", "), value);
    return known;
  }

  strings(name: string): string[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.value(name);
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    throw wrongValue(`${this.path}.${name}`, "a list of strings", value);
  }

  /** The name of an artifact: NeMo writes `nemo:<name>` into a saved config. */
  file(name: string): string {
    const value = this.string(name).replace(/^nemo:/, "");
    return value.slice(value.lastIndexOf("/") + 1);
  }
}

function wrongValue(path: string, expected: string, value: unknown): ToolError {
  const got = (JSON.stringify(value) ?? "nothing").slice(0, 60);
  return new ToolError("INVALID_CONFIG", `${path}: expected ${expected}, got ${got}`, {
    at: "model_config.yaml",
    hint: "save the model again with a current version of NeMo, or correct the config",
  });
}
