/** A ByteSource that remembers what was read, to show that listing a checkpoint reads kilobytes. */
import type { ByteSource } from "../../src/io/byte-source.ts";

export interface CountingSource extends ByteSource {
  readonly bytesRead: number;
  readonly readCount: number;
}

export function countingSource(inner: ByteSource): CountingSource {
  let bytesRead = 0;
  let readCount = 0;
  return {
    name: inner.name,
    sizeBytes: inner.sizeBytes,
    get bytesRead() {
      return bytesRead;
    },
    get readCount() {
      return readCount;
    },
    read: async (start, end) => {
      bytesRead += end - start;
      readCount++;
      return inner.read(start, end);
    },
  };
}
