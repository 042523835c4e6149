/** Reads the arguments of opcodes out of the bytes of a pickle. */

/** The bytes end in the middle; more of the file may help. */
export class PickleCutShort extends Error {}

export class PickleCursor {
  position: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** The one big-endian number of the format. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** Two's complement, little-endian, of any length; a bigint only where a number would round. */
  long(length: number): number | bigint {
    const bytes = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** ASCII up to the next newline, which is skipped; undefined if none is near. */
  line(limitBytes: number): string | undefined {
    const start = this.position;
    const window = this.#bytes.subarray(start, start + limitBytes);
    const length = window.indexOf(0x0a);
    if (length < 0 && window.byteLength === limitBytes) return undefined;
    if (length < 0) throw new PickleCutShort();
    this.position = start + length + 1;
    return Buffer.from(window.buffer, window.byteOffset, length).toString("latin1");
  }

  #advance(length: number): number {
    const start = this.position;
    if (start + length > this.#bytes.byteLength) throw new PickleCutShort();
    this.position = start + length;
    return start;
  }
}
