/**
 * What an RMIR says about a component, read back when it is deployed. The file may have been
 * changed by hand, so every value is checked and named.
 */
import { ToolError } from "../errors/tool-error.ts";
import type {
  JsonObject,
  JsonValue,
  RmirComponent,
  RmirDescription,
} from "../formats/rmir/description.ts";
import type { ModelRunSettings } from "../repository/make-config.ts";

/** Typed look-ups in parameters that come from a file. */
export class Parameters {
  readonly #values: JsonObject;
  readonly #place: string;

  constructor(values: JsonObject, place: string) {
    this.#values = values;
    this.#place = place;
  }

  number(name: string): number {
    return this.#read(name, "a number", (value) => (typeof value === "number" ? value : undefined));
  }

  /** A whole number from 0 to `max`. */
  integer(name: string, max = 2 ** 31 - 1): number {
    return this.#read(name, `a whole number from 0 to ${max}`, (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max
        ? value
        : undefined,
    );
  }

  text(name: string): string {
    return this.#read(name, "text", (value) => (typeof value === "string" ? value : undefined));
  }

  boolean(name: string): boolean {
    return this.#read(name, "true or false", (value) =>
      typeof value === "boolean" ? value : undefined,
    );
  }

  object(name: string): JsonObject {
    return this.#read(name, "an object", (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as JsonObject)
        : undefined,
    );
  }

  list(name: string): readonly JsonValue[] {
    return this.#read(name, "a list", (value) =>
      Array.isArray(value) ? (value as readonly JsonValue[]) : undefined,
    );
  }

  optionalText(name: string): string | undefined {
    return this.#values[name] === undefined ? undefined : this.text(name);
  }

  optionalNumber(name: string): number | undefined {
    return this.#values[name] === undefined ? undefined : this.number(name);
  }

  #read<T>(name: string, expected: string, accept: (value: JsonValue) => T | undefined): T {
    const value = this.#values[name];
    const accepted = value === undefined ? undefined : accept(value);
    if (accepted !== undefined) return accepted;
    const got = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60);
    throw new ToolError(
      "INVALID_FILE",
      `${this.#place}.${name}: expected ${expected}, got ${got}`,
      {
        hint: "the RMIR was changed by hand or is damaged; build it again with riva-build",
      },
    );
  }
}

/** @throws ToolError INVALID_FILE */
export function parseRunSettings(component: RmirComponent): ModelRunSettings {
  const parameters = componentParameters(component);
  return {
    model_name: parameters.text("model_name"),
    max_batch_size: parameters.integer("max_batch_size"),
    preferred_batch_size: parameters.integer("preferred_batch_size"),
    max_queue_delay_microseconds: parameters.integer("max_queue_delay_microseconds"),
    instance_group_count: parameters.integer("instance_group_count"),
    instance_group_kind: parameters.text("instance_group_kind"),
  };
}

export function componentParameters(component: RmirComponent): Parameters {
  return new Parameters(component.parameters, `${component.name}.parameters`);
}

/** @throws ToolError INVALID_FILE if the RMIR lacks it */
export function findComponent(description: RmirDescription, name: string): RmirComponent {
  const found = description.components.find((component) => component.name === name);
  if (found !== undefined) return found;
  throw new ToolError("INVALID_FILE", `the RMIR has no component '${name}'`, {
    hint: "it was changed by hand or is damaged; build it again with riva-build",
  });
}
