import type { ErrorCode } from "./codes.ts";

export interface ToolErrorDetails {
  /** What the user can do next. */
  readonly hint: string;
  /** Where, outermost first: `model.nemo → model_weights.ckpt → encoder.layers.3.weight`. */
  readonly at?: string | readonly string[];
  readonly cause?: unknown;
}

/**
 * The one error class for everything that a user can cause or mend. The message says what was
 * expected and what was found; `at` says where and `hint` what to do next. Anything that is not
 * a ToolError is a bug.
 */
export class ToolError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  /** Places from the outermost (a file) to the innermost (a tensor, a line). */
  readonly at: readonly string[];

  constructor(code: ErrorCode, message: string, details: ToolErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ToolError";
    this.code = code;
    this.hint = details.hint;
    this.at =
      details.at === undefined
        ? []
        : typeof details.at === "string"
          ? [details.at]
          : [...details.at];
  }

  /** The same error seen from one level further out: `place` is put in front of `at`. */
  within(place: string): ToolError {
    if (this.at[0] === place) return this;
    return new ToolError(this.code, this.message, {
      hint: this.hint,
      at: [place, ...this.at],
      cause: this.cause ?? this,
    });
  }
}

/** True if `error` is a ToolError (of the given code). */
export function isToolError(error: unknown, code?: ErrorCode): error is ToolError {
  return error instanceof ToolError && (code === undefined || error.code === code);
}

/** Runs `action`; a ToolError that leaves it gets `place` in front of its `at`. */
export function withPlace<T>(place: string, action: () => T): T {
  try {
    const result = action();
    if (result instanceof Promise) {
      return result.catch((error: unknown) => rethrow(place, error)) as T;
    }
    return result;
  } catch (error) {
    return rethrow(place, error);
  }
}

function rethrow(place: string, error: unknown): never {
  throw error instanceof ToolError ? error.within(place) : error;
}

/** For what cannot happen unless our own code is wrong; users never cause it. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}

/** Closes a switch over a union: a missing case does not compile. */
export function unreachable(value: never): never {
  throw new Error(`bug: unexpected value ${String(value)}`);
}
