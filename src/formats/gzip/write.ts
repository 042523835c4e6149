/**
 * A gzip stream (RFC 1952) in front of another sink. Written by hand around zlib's raw deflate,
 * because zlib's own header names the operating system: the same input shall give the same bytes
 * everywhere. Weights hardly compress, so the level may change between writes (0: stored).
 */
import { constants, crc32, createDeflateRaw } from "node:zlib";
import type { ByteSink } from "../../io/byte-sink.ts";

export interface GzipSink extends ByteSink {
  /** Level of the writes that follow, 0 (stored) to 9. */
  setLevel(level: number): Promise<void>;
  /** Writes the rest and the trailer; the sink behind stays open. */
  finish(): Promise<void>;
}

/** No flags, no time, no extra flags, operating system 255 (unknown). */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** `sizeBytes` of the result counts what was written to it, before compression. */
export function createGzipSink(behind: ByteSink, level = 6): GzipSink {
  const deflater = createDeflateRaw({ level, chunkSize: 256 * 1024 });
  const pending: Uint8Array[] = [HEADER];
  let failure: Error | undefined;
  let currentLevel = level;
  let sizeBytes = 0;
  let sum = 0;
  deflater.on("data", (piece: Uint8Array) => pending.push(piece));
  deflater.on("error", (error) => (failure = error));

  const settle = async (action: (done: () => void) => void): Promise<void> => {
    await new Promise<void>((resolve) => action(resolve));
    if (failure !== undefined) throw failure;
    for (let piece = pending.shift(); piece !== undefined; piece = pending.shift()) {
      await behind.write(piece);
    }
  };

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    write: async (bytes) => {
      if (bytes.byteLength === 0) return;
      sum = crc32(bytes, sum);
      sizeBytes += bytes.byteLength;
      await settle((done) => deflater.write(bytes, () => done()));
    },
    setLevel: async (next) => {
      if (next === currentLevel) return;
      currentLevel = next;
      await settle((done) => deflater.params(next, constants.Z_DEFAULT_STRATEGY, () => done()));
    },
    finish: async () => {
      await settle((done) => {
        deflater.once("end", done);
        deflater.once("error", done);
        deflater.end();
      });
      await behind.write(trailer(sum, sizeBytes));
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
