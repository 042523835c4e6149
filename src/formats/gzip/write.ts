/**
 * A gzip stream (RFC 1952) in front of another sink, written by hand: zlib's own header names the
 * operating system, and its stream is three times slower than the disk on what must only be
 * stored. The same input gives the same bytes everywhere. Weights hardly compress, so the level
 * may change between writes; each write is a run of DEFLATE blocks (RFC 1951) of its own.
 */
import { constants, crc32, deflateRawSync } from "node:zlib";
import type { ByteSink } from "../../io/byte-sink.ts";

export interface GzipSink extends ByteSink {
  /** Level of the writes that follow, 0 (stored) to 9. */
  setLevel(level: number): void;
  /** Writes the rest and the trailer; the sink behind stays open. */
  finish(): Promise<void>;
}

/** No flags, no time, no extra flags, operating system 255 (unknown). */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
/** The last block of the stream: stored, empty. */
const LAST_BLOCK = Uint8Array.of(1, 0, 0, 0xff, 0xff);
/** A stored block holds at most this many bytes. */
const BLOCK_BYTES = 65_535;
/** Two such buffers take turns: one is filled while the other is written. */
const BUFFER_BYTES = 2 * 1024 * 1024;

/** `sizeBytes` of the result counts what was written to it, before compression. */
export function createGzipSink(behind: ByteSink, level = 6): GzipSink {
  const output = createDoubleBuffer(behind);
  let currentLevel = level;
  let sizeBytes = 0;
  let sum = 0;
  let headerIsWritten = false;

  const begin = async (): Promise<void> => {
    if (headerIsWritten) return;
    headerIsWritten = true;
    await output.put(HEADER);
  };

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    write: async (bytes) => {
      if (bytes.byteLength === 0) return;
      await begin();
      sum = crc32(bytes, sum);
      sizeBytes += bytes.byteLength;
      if (currentLevel === 0) await putStored(output, bytes);
      else await output.put(deflated(bytes, currentLevel));
    },
    setLevel: (next) => {
      currentLevel = next;
    },
    finish: async () => {
      await begin();
      await output.put(LAST_BLOCK);
      await output.put(trailer(sum, sizeBytes));
      await output.flush();
    },
  };
}

/** Blocks that end at a whole byte and are not the last ones. */
function deflated(bytes: Uint8Array, level: number): Uint8Array {
  return deflateRawSync(bytes, { level, finishFlush: constants.Z_SYNC_FLUSH });
}

async function putStored(output: DoubleBuffer, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.byteLength; start += BLOCK_BYTES) {
    const block = bytes.subarray(start, start + BLOCK_BYTES);
    const length = block.byteLength;
    const low = length & 0xff;
    const high = length >> 8;
    // not the last block, stored; length and its complement
    await output.put(Uint8Array.of(0, low, high, ~low, ~high), block);
  }
}

interface DoubleBuffer {
  /** Copies the pieces, which may be changed afterwards. */
  put(...pieces: readonly Uint8Array[]): Promise<void>;
  flush(): Promise<void>;
}

/** Collects pieces and hands them on in large ones; the next is filled while one is written. */
function createDoubleBuffer(behind: ByteSink): DoubleBuffer {
  let [filling, writing] = [new Uint8Array(BUFFER_BYTES), new Uint8Array(BUFFER_BYTES)];
  let filled = 0;
  let inFlight: Promise<void> = Promise.resolve();

  const handOver = async (): Promise<void> => {
    await inFlight;
    [filling, writing] = [writing, filling];
    inFlight = behind.write(writing.subarray(0, filled));
    // a failure is reported by whoever awaits it next
    inFlight.catch(() => {});
    filled = 0;
  };
  return {
    put: async (...pieces) => {
      for (const piece of pieces) {
        for (let start = 0; start < piece.byteLength;) {
          if (filled === BUFFER_BYTES) await handOver();
          const part = piece.subarray(start, start + BUFFER_BYTES - filled);
          filling.set(part, filled);
          filled += part.byteLength;
          start += part.byteLength;
        }
      }
    },
    flush: async () => {
      await handOver();
      await inFlight;
    },
  };
}

/** CRC-32 and length modulo 2^32 of the input, little-endian. */
function trailer(sum: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sum, true);
  view.setUint32(4, sizeBytes % 2 ** 32, true);
  return bytes;
}
