/** A file as a ByteSink. Output files are written through `atomic-output.ts`, which uses this. */
import { open, type FileHandle } from "node:fs/promises";
import type { ByteSink } from "./byte-sink.ts";
import { writingError } from "./file-errors.ts";

export interface FileSink extends ByteSink {
  /** Forces what was written to the disk and closes the file; the sink is of no use afterwards. */
  finish(): Promise<void>;
  /** Closes without waiting for the disk; harmless after `finish`. */
  abandon(): Promise<void>;
}

/**
 * Creates a file that must not exist yet. `place` is the name for error messages.
 * @throws ToolError CANNOT_WRITE
 */
export async function createFileSink(path: string, place = path): Promise<FileSink> {
  try {
    return handleSink(await open(path, "wx"), place);
  } catch (error) {
    throw writingError(error, place);
  }
}

function handleSink(handle: FileHandle, place: string): FileSink {
  let sizeBytes = 0;
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    write: async (bytes) => {
      try {
        await writeFully(handle, bytes);
        sizeBytes += bytes.byteLength;
      } catch (error) {
        throw writingError(error, place);
      }
    },
    finish: async () => {
      try {
        await handle.sync();
        await close();
      } catch (error) {
        throw writingError(error, place);
      }
    },
    abandon: close,
  };
}

/** Appends all bytes: the system may take fewer at a time than it is given. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    done += (await handle.write(bytes, done, bytes.byteLength - done, null)).bytesWritten;
  }
}
