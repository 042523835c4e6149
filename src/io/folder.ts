/** Small questions to the file system: what is there, and short files as a whole. */
import { mkdir, readdir, stat } from "node:fs/promises";
import { readAll } from "./byte-source.ts";
import { readingError, systemErrorName, writingError } from "./file-errors.ts";
import { openFile } from "./file-source.ts";

export type EntryKind = "file" | "folder" | "other";

/** What the path leads to (links are followed), or undefined if there is nothing. */
export async function entryKind(path: string): Promise<EntryKind | undefined> {
  try {
    const entry = await stat(path);
    return entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other";
  } catch (error) {
    const name = systemErrorName(error);
    if (name === "ENOENT" || name === "ENOTDIR") return undefined;
    throw readingError(error, path);
  }
}

/** Names in a folder, sorted by code unit so that the order is the same everywhere. */
export async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    throw readingError(error, path);
  }
}

/** Makes a folder and those above it; no error if it is there already. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw writingError(error, path);
  }
}

/** A whole file. @throws ToolError LIMIT_EXCEEDED if it is larger than `limitBytes`. */
export async function readFileBytes(path: string, limitBytes: number): Promise<Uint8Array> {
  const source = await openFile(path);
  try {
    return await readAll(source, limitBytes);
  } finally {
    await source.close();
  }
}

/** A whole file as UTF-8 text, without a byte order mark. */
export async function readTextFile(path: string, limitBytes: number): Promise<string> {
  return new TextDecoder().decode(await readFileBytes(path, limitBytes));
}
