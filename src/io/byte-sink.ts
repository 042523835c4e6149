/** Where bytes go. Only `io` knows that it may be a file. */
export interface ByteSink {
  /** Bytes written so far. */
  readonly sizeBytes: number;
  /** Appends; the array may be reused by the caller after the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
}

/** Collects in memory; for small results and tests. */
export class MemorySink implements ByteSink {
  readonly #pieces: Uint8Array[] = [];
  sizeBytes = 0;

  async write(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(new Uint8Array(bytes)); // slice() of a Buffer would share its memory
    this.sizeBytes += bytes.byteLength;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}
