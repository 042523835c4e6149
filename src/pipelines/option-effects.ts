/** Saying what becomes of options that a pipeline accepts but does not carry out. */
import { ToolError } from "../errors/tool-error.ts";
import type { Notice } from "./plan.ts";

/** `satisfiedBy`: values that ask for what happens anyway, so there is nothing to say. */
export interface NoEffect {
  readonly reason: string;
  readonly satisfiedBy?: readonly (string | number | boolean)[];
}

/** A line for each given option of the table. */
export function noticesOfNoEffect(
  table: Readonly<Record<string, NoEffect>>,
  values: Readonly<Record<string, unknown>>,
  given: ReadonlySet<string>,
): Notice[] {
  return Object.entries(table).flatMap(([name, { reason, satisfiedBy }]): Notice[] => {
    const value = values[name];
    if (!given.has(name) || satisfiedBy?.includes(value as string) === true) return [];
    const text = `--${name}=${String(value)} has no effect: ${reason}`;
    return [{ level: "INFO", option: name, text }];
  });
}

/** For an option whose absence would change what users get. */
export function unsupportedOption(option: string, what: string, hint: string): ToolError {
  return new ToolError("UNSUPPORTED", `${what} is not in this version (--${option})`, { hint });
}
