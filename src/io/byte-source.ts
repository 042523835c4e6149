/**
 * The seam between formats and storage: a size and a way to read a range. A file, bytes in
 * memory, a slice of another source and a test double that counts reads are all this interface.
 */
import { ToolError } from "../errors/tool-error.ts";

export interface ByteSource {
  /** What the bytes are, for error messages: a path, or the name of a member. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * The bytes from `start` up to (not including) `end`. The array may be a view of shared
   * memory: do not write into it.
   * @throws ToolError INVALID_FILE if the range leaves the source.
   */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Fills `target` from `start` on; there where it saves a copy: for files and parts of them. */
  readonly readInto?: ((start: number, target: Uint8Array) => Promise<void>) | undefined;
}

/** Bytes that are in memory already. */
export function bytesSource(bytes: Uint8Array, name = "bytes"): ByteSource {
  return {
    name,
    sizeBytes: bytes.byteLength,
    read: async (start, end) => {
      checkRange(name, bytes.byteLength, start, end);
      return bytes.subarray(start, end);
    },
  };
}

/** A part of another source, with positions that start at 0. */
export function sliceSource(
  source: ByteSource,
  start: number,
  end: number,
  name: string,
): ByteSource {
  checkRange(source.name, source.sizeBytes, start, end);
  return {
    name,
    sizeBytes: end - start,
    read: async (from, to) => {
      checkRange(name, end - start, from, to);
      return source.read(start + from, start + to);
    },
    readInto:
      source.readInto &&
      (async (from, target) => {
        checkRange(name, end - start, from, from + target.byteLength);
        await source.readInto?.(start + from, target);
      }),
  };
}

/** Pieces of at most `pieceBytes`, in order, of the whole source. */
export async function* readPieces(
  source: ByteSource,
  pieceBytes = 1 << 20,
): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < source.sizeBytes; start += pieceBytes) {
    yield await source.read(start, Math.min(start + pieceBytes, source.sizeBytes));
  }
}

/** All bytes at once; `limitBytes` guards against a hostile size. */
export async function readAll(source: ByteSource, limitBytes: number): Promise<Uint8Array> {
  if (source.sizeBytes > limitBytes) {
    throw new ToolError(
      "LIMIT_EXCEEDED",
      `${source.sizeBytes} bytes where at most ${limitBytes} are accepted`,
      {
        at: source.name,
        hint: "the file is not what its name says, or it is damaged",
      },
    );
  }
  return source.read(0, source.sizeBytes);
}

export function checkRange(name: string, sizeBytes: number, start: number, end: number): void {
  if (start >= 0 && start <= end && end <= sizeBytes) return;
  throw new ToolError(
    "INVALID_FILE",
    `bytes ${start} to ${end} are asked for, but there are only ${sizeBytes}`,
    {
      at: name,
      hint: "the file is cut short or damaged; copy or download it again",
    },
  );
}
