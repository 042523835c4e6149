/** Where the server's lines go; the program around it decides how they look. */

export type LogLevel = "INFO" | "WARNING" | "ERROR";

/** Writes one line. `error` is a bug of ours: its stack is worth seeing. */
export type Log = (level: LogLevel, text: string, error?: unknown) => void;

/** For tests and embedders that want silence. */
export const silentLog: Log = () => {};
