/**
 * A file as a ByteSource: opened once, read by position, so that several readers may use it at
 * the same time and nothing but the asked range comes into memory.
 */
import { open, stat, type FileHandle } from "node:fs/promises";
import { ToolError } from "../errors/tool-error.ts";
import { checkRange, type ByteSource } from "./byte-source.ts";
import { readingError } from "./file-errors.ts";

/** Node reads less than 2 GiB at a time. */
const LARGEST_READ_BYTES = 1024 ** 3;

/** A source that holds a file descriptor (or nothing) until it is closed. */
export interface ClosableSource extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a regular file for reading.
 * @throws ToolError NOT_FOUND, NO_PERMISSION, or INVALID_FILE for a folder, pipe or device.
 */
export async function openFile(path: string): Promise<ClosableSource> {
  try {
    // before open: opening a named pipe would wait for its writer
    const entry = await stat(path);
    if (!entry.isFile()) throw notAFile(path, entry.isDirectory());
    const handle = await open(path, "r");
    return handleSource(handle, (await handle.stat()).size, path);
  } catch (error) {
    throw readingError(error, path);
  }
}

/** The first `sizeBytes` bytes of an open file; closing the source closes the handle. */
export function handleSource(handle: FileHandle, sizeBytes: number, name: string): ClosableSource {
  const readInto = async (start: number, target: Uint8Array): Promise<void> => {
    checkRange(name, sizeBytes, start, start + target.byteLength);
    try {
      await fill(handle, start, target, name);
    } catch (error) {
      throw readingError(error, name);
    }
  };
  return {
    name,
    sizeBytes,
    read: async (start, end) => {
      checkRange(name, sizeBytes, start, end);
      const bytes = new Uint8Array(end - start);
      await readInto(start, bytes);
      return bytes;
    },
    readInto,
    close: () => handle.close(),
  };
}

async function fill(
  handle: FileHandle,
  start: number,
  bytes: Uint8Array,
  name: string,
): Promise<void> {
  let filled = 0;
  while (filled < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - filled, LARGEST_READ_BYTES);
    const { bytesRead } = await handle.read(bytes, filled, length, start + filled);
    if (bytesRead === 0) {
      throw new ToolError(
        "INVALID_FILE",
        `the file ends at byte ${start + filled}, it was longer`,
        {
          at: name,
          hint: "something is writing to the file; wait until it is done",
        },
      );
    }
    filled += bytesRead;
  }
}

function notAFile(path: string, isFolder: boolean): ToolError {
  return new ToolError(
    "INVALID_FILE",
    `expected a file, got a ${isFolder ? "folder" : "device or pipe"}`,
    {
      at: path,
      hint: isFolder ? "name a file inside the folder" : "save the data in a file first",
    },
  );
}
