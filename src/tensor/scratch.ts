/**
 * Buffers that are used again. Streaming a checkpoint through fresh ones costs more time in page
 * faults and garbage collection than in reading and writing.
 */

/** At most this much waits for its next use. */
const KEPT_BYTES = 96 * 1024 * 1024;
/** Sizes are rounded up, so that a buffer fits the next wish too. */
const GRAIN_BYTES = 1024 * 1024;

const free: ArrayBuffer[] = [];
let keptBytes = 0;

/** `sizeBytes` bytes of arbitrary content; give them back with {@link releaseScratch}. */
export function leaseScratch(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const at = free.findIndex((buffer) => buffer.byteLength >= sizeBytes);
  if (at < 0) {
    const rounded = Math.ceil(sizeBytes / GRAIN_BYTES) * GRAIN_BYTES;
    return new Uint8Array(new ArrayBuffer(rounded), 0, sizeBytes);
  }
  const [buffer] = free.splice(at, 1) as [ArrayBuffer];
  keptBytes -= buffer.byteLength;
  return new Uint8Array(buffer, 0, sizeBytes);
}

/** Gives leased bytes back; nobody may use them afterwards. */
export function releaseScratch({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (keptBytes + buffer.byteLength > KEPT_BYTES) return;
  free.push(buffer);
  free.sort((a, b) => a.byteLength - b.byteLength);
  keptBytes += buffer.byteLength;
}
