/**
 * The parameters of a step model: strings in `config.pbtxt`, read once when the model is loaded.
 */
import { ToolError } from "../errors/tool-error.ts";
import type { StepSetup } from "./step.ts";

export interface NumberLimits {
  /** Taken when the parameter is not there; without it the parameter must be. */
  readonly fallback?: number;
  readonly min?: number;
  readonly max?: number;
  readonly isWhole?: boolean;
}

/** @throws ToolError INVALID_CONFIG if it is missing, not a number or outside the limits. */
export function numberParameter(setup: StepSetup, name: string, limits: NumberLimits = {}): number {
  const { min = -Infinity, max = Infinity } = limits;
  const text = setup.parameters[name]?.trim();
  if (text === undefined || text === "") {
    if (limits.fallback !== undefined) return limits.fallback;
    throw missing(name);
  }
  const value = Number(text);
  const isFitting = Number.isFinite(value) && value >= min && value <= max;
  if (isFitting && !(limits.isWhole === true && !Number.isInteger(value))) return value;
  const kind = limits.isWhole === true ? "a whole number" : "a number";
  throw wrong(name, `${kind}${limitsText(limits)}`, text);
}

function limitsText({ min, max }: NumberLimits): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  return min !== undefined ? ` of at least ${min}` : max !== undefined ? ` of at most ${max}` : "";
}

/** @throws ToolError INVALID_CONFIG if it is neither True nor False (in any case). */
export function booleanParameter(setup: StepSetup, name: string, fallback: boolean): boolean {
  const text = setup.parameters[name]?.trim().toLowerCase();
  if (text === undefined || text === "") return fallback;
  if (text === "true" || text === "false") return text === "true";
  throw wrong(name, "True or False", text);
}

/** @throws ToolError INVALID_CONFIG if it is missing. */
export function textParameter(setup: StepSetup, name: string): string {
  const text = setup.parameters[name];
  if (text === undefined || text === "") throw missing(name);
  return text;
}

/** @throws ToolError INVALID_CONFIG if the version folder did not hold the file that a parameter names. */
export function fileParameter(setup: StepSetup, name: string): Uint8Array {
  const fileName = textParameter(setup, name);
  const bytes = setup.files[fileName];
  if (bytes !== undefined) return bytes;
  const known = Object.keys(setup.files).join(", ");
  throw new ToolError(
    "INVALID_CONFIG",
    `parameter ${name}: no file '${fileName}' (there are: ${known || "none"})`,
    {
      hint: "the parameter 'files' must name the file, and the version folder must hold it; deploy again with -f",
    },
  );
}

/** The file that a parameter names; undefined without the parameter. @throws as `fileParameter` */
export function optionalFileParameter(setup: StepSetup, name: string): Uint8Array | undefined {
  return (setup.parameters[name] ?? "") === "" ? undefined : fileParameter(setup, name);
}

function missing(name: string): ToolError {
  return new ToolError("INVALID_CONFIG", `parameter ${name} is missing`, { hint: HINT });
}

/** For a parameter whose value does not fit: `parameter NAME: expected …, got "…"`. */
export function wrong(name: string, expected: string, got: string | number): ToolError {
  return new ToolError("INVALID_CONFIG", `parameter ${name}: expected ${expected}, got "${got}"`, {
    hint: HINT,
  });
}

const HINT = "set it in config.pbtxt, or deploy the pipeline again with -f";
