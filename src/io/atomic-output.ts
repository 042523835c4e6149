/**
 * Output that appears whole or not at all: written under a temporary name in the same folder,
 * forced to the disk, renamed; removed on any failure. An existing output is kept unless `force`.
 */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, realpath, rename, rm } from "node:fs/promises";
import path from "node:path";
import { assert, ToolError } from "../errors/tool-error.ts";
import type { ByteSink } from "./byte-sink.ts";
import { systemErrorName, writingError } from "./file-errors.ts";
import { createFileSink } from "./file-sink.ts";

export interface AtomicOutputOptions {
  /** Replace what exists (`-f`). */
  readonly force: boolean;
}

/** What one file is made of: text (UTF-8), bytes, or a function that streams it. */
export type FileContent = string | Uint8Array | ((sink: ByteSink) => Promise<void>);

/** A folder that is being written. */
export interface OutputFolder {
  /** `name` is relative and has `/` between its parts; folders in between are made. */
  write(name: string, content: FileContent): Promise<void>;
}

/**
 * Writes one file; the result is what `write` returns.
 * @throws ToolError OUTPUT_EXISTS, CANNOT_WRITE, and whatever `write` throws
 */
export async function writeFileAtomically<T>(
  target: string,
  options: AtomicOutputOptions,
  write: (sink: ByteSink) => Promise<T>,
): Promise<T> {
  return throughTemporary(target, "file", options, async (temporary) => {
    const sink = await createFileSink(temporary, target);
    try {
      const result = await write(sink);
      await sink.finish();
      return result;
    } finally {
      await sink.abandon();
    }
  });
}

/**
 * Writes a whole tree; with `force` an existing folder is replaced entirely.
 * @throws ToolError OUTPUT_EXISTS, CANNOT_WRITE, and whatever `write` throws
 */
export async function writeFolderAtomically<T>(
  target: string,
  options: AtomicOutputOptions,
  write: (folder: OutputFolder) => Promise<T>,
): Promise<T> {
  return throughTemporary(target, "folder", options, async (temporary) => {
    await mkdir(temporary);
    return write({
      write: (name, content) => writeInside(temporary, target, name, content),
    });
  });
}

async function writeInside(
  temporary: string,
  target: string,
  name: string,
  content: FileContent,
): Promise<void> {
  const parts = name.split("/");
  const isSafe = parts.every((part) => part !== "" && part !== "." && part !== "..");
  assert(isSafe && !name.includes("\0"), `output name '${name}' leaves its folder`);
  const file = path.join(temporary, ...parts);
  const place = path.join(target, ...parts);
  try {
    await mkdir(path.dirname(file), { recursive: true });
  } catch (error) {
    throw writingError(error, place);
  }
  const sink = await createFileSink(file, place);
  try {
    if (typeof content === "function") await content(sink);
    else await sink.write(typeof content === "string" ? Buffer.from(content) : content);
    await sink.finish();
  } finally {
    await sink.abandon();
  }
}

type Kind = "file" | "folder";

async function throughTemporary<T>(
  target: string,
  kind: Kind,
  options: AtomicOutputOptions,
  write: (temporary: string) => Promise<T>,
): Promise<T> {
  const final = await resolveLink(target);
  await checkTarget(final, kind, options);
  const temporary = path.join(path.dirname(final), `.servicemaker-${randomUUID()}.partial`);
  try {
    const result = await write(temporary);
    const exists = await checkTarget(final, kind, options);
    if (kind === "folder" && exists) await replaceFolder(temporary, final);
    else await rename(temporary, final);
    await syncFolder(path.dirname(final));
    return result;
  } catch (error) {
    throw writingError(error, target);
  } finally {
    // gone already after a success
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A link is followed, so that the file behind it is replaced and not the link. */
async function resolveLink(target: string): Promise<string> {
  try {
    return await realpath(target);
  } catch {
    return path.resolve(target);
  }
}

/** True if there is something that may be replaced. */
async function checkTarget(
  target: string,
  kind: Kind,
  { force }: AtomicOutputOptions,
): Promise<boolean> {
  let entry;
  try {
    entry = await lstat(target);
  } catch (error) {
    if (systemErrorName(error) === "ENOENT") return false;
    throw writingError(error, target);
  }
  // replacing /dev/null or a user's folder by a file would be worse than failing
  if (kind === "file" ? !entry.isFile() : !entry.isDirectory()) {
    throw new ToolError("CANNOT_WRITE", `the output exists and is not a ${kind}`, {
      at: target,
      hint: `choose another name for the ${kind}`,
    });
  }
  if (!force) {
    throw new ToolError("OUTPUT_EXISTS", `the output ${kind} exists already`, {
      at: target,
      hint: "choose another name, or overwrite it with -f",
    });
  }
  return true;
}

/** No system renames onto a full folder: the old one steps aside and returns if that fails. */
async function replaceFolder(temporary: string, final: string): Promise<void> {
  const aside = `${temporary}.old`;
  await rename(final, aside);
  try {
    await rename(temporary, final);
  } catch (error) {
    await rename(aside, final);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Makes the rename itself durable, where the system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // some file systems cannot sync a folder; the file itself is on the disk
  } finally {
    await handle?.close();
  }
}
