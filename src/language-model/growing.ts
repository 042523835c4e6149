/** Typed arrays that grow: how long an ARPA section really is shows only at its end. */

/** A list of 32-bit words in one typed array that doubles when it is full. */
export class GrowingUint32 {
  #data = new Uint32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#data.length) {
      const larger = new Uint32Array(this.#data.length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.length++] = value;
  }

  at(index: number): number {
    return this.#data[index] as number;
  }
}

export class GrowingFloat32 {
  #data = new Float32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#data.length) {
      const larger = new Float32Array(this.#data.length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.length++] = value;
  }

  at(index: number): number {
    return this.#data[index] as number;
  }
}

export class GrowingBytes {
  #data = new Uint8Array(4096);
  length = 0;

  append(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (needed > this.#data.length) {
      const larger = new Uint8Array(Math.max(needed, this.#data.length * 2));
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data.set(bytes, this.length);
    this.length = needed;
  }

  /** A view; it is good until the next `append`. */
  bytes(): Uint8Array {
    return this.#data.subarray(0, this.length);
  }
}
