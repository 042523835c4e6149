/**
 * The operating system's error numbers as advice. Everything in `io` that touches the disk sends
 * its failures through here, so that a user never meets a bare `ENOSPC`.
 */
import type { ErrorCode } from "../errors/codes.ts";
import { ToolError } from "../errors/tool-error.ts";

interface Advice {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

const READING: Readonly<Record<string, Advice>> = {
  ENOENT: {
    code: "NOT_FOUND",
    message: "no such file or folder",
    hint: "check the spelling; a relative path starts at the current folder",
  },
  ENOTDIR: {
    code: "NOT_FOUND",
    message: "a part of the path is a file where a folder is expected",
    hint: "check the path from the left",
  },
  EACCES: {
    code: "NO_PERMISSION",
    message: "reading is not permitted",
    hint: "change the permissions or run as a user who may read it",
  },
  EPERM: {
    code: "NO_PERMISSION",
    message: "reading is not permitted",
    hint: "change the permissions or run as a user who may read it",
  },
  ELOOP: {
    code: "NOT_FOUND",
    message: "symbolic links go round in a circle",
    hint: "name the file itself",
  },
  ENAMETOOLONG: {
    code: "NOT_FOUND",
    message: "the path is longer than the system accepts",
    hint: "use a shorter path",
  },
};

const WRITING: Readonly<Record<string, Advice>> = {
  ENOSPC: {
    code: "CANNOT_WRITE",
    message: "the disk is full",
    hint: "free some space or choose an output on another disk; nothing was left behind",
  },
  EDQUOT: {
    code: "CANNOT_WRITE",
    message: "the disk quota is used up",
    hint: "free some space or choose an output on another disk; nothing was left behind",
  },
  EACCES: {
    code: "CANNOT_WRITE",
    message: "writing is not permitted",
    hint: "choose a folder that you may write to",
  },
  EPERM: {
    code: "CANNOT_WRITE",
    message: "writing is not permitted",
    hint: "choose a folder that you may write to",
  },
  EROFS: {
    code: "CANNOT_WRITE",
    message: "the file system is read-only",
    hint: "choose an output on a writable disk",
  },
  ENOENT: {
    code: "CANNOT_WRITE",
    message: "the folder of the output does not exist",
    hint: "create the folder first, or check the spelling",
  },
  ENOTDIR: {
    code: "CANNOT_WRITE",
    message: "a part of the output path is a file where a folder is expected",
    hint: "check the path from the left",
  },
  EISDIR: {
    code: "CANNOT_WRITE",
    message: "the output is a folder where a file is expected",
    hint: "name a file inside the folder",
  },
  ENAMETOOLONG: {
    code: "CANNOT_WRITE",
    message: "the output path is longer than the system accepts",
    hint: "use a shorter name",
  },
};

/** The system's error name (`ENOENT`) of an exception of `node:fs`, else undefined. */
export function systemErrorName(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

function translate(
  error: unknown,
  place: string,
  table: Readonly<Record<string, Advice>>,
  fallback: Pick<Advice, "code" | "hint">,
): unknown {
  const name = systemErrorName(error);
  if (error instanceof ToolError || name === undefined) return error;
  const advice = table[name] ?? { ...fallback, message: (error as Error).message };
  return new ToolError(advice.code, advice.message, { at: place, hint: advice.hint, cause: error });
}

/** What to throw for a failure while reading `place`; errors that are not the system's pass through. */
export function readingError(error: unknown, place: string): unknown {
  return translate(error, place, READING, {
    code: "INVALID_FILE",
    hint: "the disk or the network share may be damaged; copy the file elsewhere and try again",
  });
}

/** What to throw for a failure while writing `place`; errors that are not the system's pass through. */
export function writingError(error: unknown, place: string): unknown {
  return translate(error, place, WRITING, {
    code: "CANNOT_WRITE",
    hint: "check the disk of the output, or choose another",
  });
}
