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
  const lines = [`error: ${error.message}`];
  if (error.at.length > 0) lines.push(`  at ${error.at.join(" → ")}`);
  lines.push(`  hint: ${error.hint}`);
  return `${lines.join("\n")}\n`;
}

function toJson({ code, message, at, hint }: ToolError): string {
  return JSON.stringify({ error: { code, message, at, hint } });
}
