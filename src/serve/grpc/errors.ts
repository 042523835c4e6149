/**
 * The one place where errors become gRPC statuses: a ToolError by its code, a cancelled call
 * stays one, anything else is a bug, which is logged with its stack and hidden from the client.
 */
import { type CallContext, ServerError, type ServerMiddlewareCall, Status } from "nice-grpc";
import { ERROR_CODES } from "../../errors/codes.ts";
import { ToolError } from "../../errors/tool-error.ts";
import type { Log } from "../log.ts";

/** Trailing metadata with what the user can do; the message itself has to be Riva's own words. */
export const HINT_TRAILER = "servicemaker-hint";

/** nice-grpc middleware for the whole server. */
export function errorMiddleware(log: Log) {
  return async function* mapErrors<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ): AsyncGenerator<Response, Response | void, undefined> {
    try {
      return yield* call.next(call.request, context);
    } catch (error) {
      throw toServerError(error, call.method.path, context, log);
    }
  };
}

function toServerError(error: unknown, path: string, context: CallContext, log: Log): unknown {
  if (error instanceof ServerError || (error instanceof Error && error.name === "AbortError")) {
    return error;
  }
  if (error instanceof ToolError) {
    // gRPC metadata is ASCII
    context.trailer.set(HINT_TRAILER, error.hint.replace(/[^\x20-\x7e]/g, "?"));
    return new ServerError(Status[ERROR_CODES[error.code].grpc], error.message);
  }
  log("ERROR", `${path}: unexpected error`, error);
  return new ServerError(Status.INTERNAL, "Internal error while making inference request");
}
