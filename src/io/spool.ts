/**
 * Bytes of unknown length that must be read by position later, such as what comes out of gzip:
 * in memory while they are few, else in a temporary file that is unlinked at once, so that it
 * vanishes with the process whatever happens.
 */
import { randomUUID } from "node:crypto";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ByteSink } from "./byte-sink.ts";
import { bytesSource } from "./byte-source.ts";
import { writingError } from "./file-errors.ts";
import { writeFully } from "./file-sink.ts";
import { handleSource, type ClosableSource } from "./file-source.ts";

/** Below this size a spool stays in memory: most compressed checkpoints do. */
export const SPOOL_MEMORY_BYTES = 64 * 1024 * 1024;

export interface Spool extends ByteSink {
  /** What was written, as a source; nothing may be written afterwards. */
  finish(): Promise<ClosableSource>;
  /** Gives the temporary file back without reading it. */
  abandon(): Promise<void>;
}

export interface SpoolOptions {
  /** Name of the resulting source. */
  readonly name: string;
  readonly memoryBytes?: number;
  /** Where the temporary file goes; the system's folder for such files by default. */
  readonly folder?: string;
}

/** @throws ToolError CANNOT_WRITE from `write` if the temporary file cannot grow. */
export function createSpool(options: SpoolOptions): Spool {
  const { name, memoryBytes = SPOOL_MEMORY_BYTES, folder = tmpdir() } = options;
  let pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  let handle: FileHandle | undefined;

  const spill = async (): Promise<FileHandle> => {
    const opened = await openUnlinked(folder);
    handle = opened;
    for (const piece of pieces) await writeFully(opened, piece);
    pieces = [];
    return opened;
  };

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    write: async (bytes) => {
      try {
        if (handle === undefined && sizeBytes + bytes.byteLength <= memoryBytes)
          pieces.push(new Uint8Array(bytes));
        else await writeFully(handle ?? (await spill()), bytes);
        sizeBytes += bytes.byteLength;
      } catch (error) {
        throw writingError(error, folder);
      }
    },
    finish: async () => {
      if (handle !== undefined) return handleSource(handle, sizeBytes, name);
      return { ...bytesSource(Buffer.concat(pieces), name), close: async () => {} };
    },
    abandon: async () => {
      pieces = [];
      await handle?.close();
    },
  };
}

async function openUnlinked(folder: string): Promise<FileHandle> {
  const file = path.join(folder, `servicemaker-${randomUUID()}.spool`);
  const handle = await open(file, "wx+", 0o600);
  await unlink(file);
  return handle;
}
