/** Refusals of requests, in Triton's words. */
import { ToolError } from "../../errors/tool-error.ts";

/** Triton puts the request's id before most texts; a protocol that has one puts it in here. */
export const REQUEST_ID_PLACEHOLDER = "[request id: <id_unknown>] ";

/** A request that does not fit the model's config. */
export function requestError(
  message: string,
  hint = "compare the request with the model's config",
): ToolError {
  return new ToolError("INVALID_REQUEST", message, { hint });
}

/** The caller went away before the answer was there. */
export function cancelledError(): ToolError {
  return new ToolError("CANCELLED", "the request was cancelled", { hint: "send it again" });
}

/** The server stops; nothing is accepted any more. */
export function closingError(): ToolError {
  return new ToolError("UNAVAILABLE", "the server is shutting down", {
    hint: "send the request to another server, or again after the restart",
  });
}
