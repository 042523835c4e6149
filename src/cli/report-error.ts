/** How an error reaches the user: three lines on standard error, or one JSON object. */
import { ERROR_CODES, EXIT_BUG } from "../errors/codes.ts";
import { ToolError } from "../errors/tool-error.ts";

export function exitCodeOf(error: unknown): number {
  return error instanceof ToolError ? ERROR_CODES[error.code].exit : EXIT_BUG;
}

export function formatError(error: unknown, { asJson = false } = {}): string {
  if (error instanceof ToolError) return asJson ? `${toJson(error)}\n` : formatToolError(error);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `error: this is a bug in ServiceMaker, not in your input\n${stack}\n`;
}

function formatToolError(error: ToolError): string {
  const lines = [`error: ${visible(error.message)}`];
  if (error.at.length > 0) lines.push(`  at ${visible(error.at.join(" → "))}`);
  lines.push(`  hint: ${visible(error.hint)}`);
  return `${lines.join("\n")}\n`;
}

/** Names out of a hostile file may hold control characters, which a terminal would obey. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

function toJson({ code, message, at, hint }: ToolError): string {
  return JSON.stringify({ error: { code, message, at, hint } });
}
