/**
 * Log lines in the form that the original tools print, so that scripts which read them go on
 * working: `2026-01-02 03:04:05,678 [INFO] text`.
 */
import type { CommandContext } from "./command.ts";

export type LogLevel = "INFO" | "WARNING" | "ERROR";

export type Logger = (level: LogLevel, text: string) => void;

/** Writes log lines to standard error. */
export function logger({ log }: Pick<CommandContext, "log">): Logger {
  return (level, text) => log(formatLogLine(level, text));
}

export function formatLogLine(level: LogLevel, text: string, now = new Date()): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${date} ${time},${String(now.getMilliseconds()).padStart(3, "0")} [${level}] ${text}\n`;
}
