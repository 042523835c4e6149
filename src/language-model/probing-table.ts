/**
 * KenLM's hash table in place: entries of a 64-bit key and a payload, linear probing, key 0 for
 * an empty bucket. Reading and building share it.
 */
import { remainder64, type Hash64 } from "./hash64.ts";

export interface TablePlace {
  readonly view: DataView;
  /** First byte of the table within the view. */
  readonly start: number;
  readonly buckets: number;
  /** Key and payload. */
  readonly entryBytes: number;
}

/** Buckets for so many entries, computed in single precision as KenLM does. */
export function countBuckets(entries: number, multiplier: number): number {
  const wanted = Math.trunc(Math.fround(Math.fround(multiplier) * Math.fround(entries)));
  return Math.max(entries + 1, wanted);
}

export class ProbingTable {
  readonly #view: DataView;
  readonly #start: number;
  readonly #buckets: number;
  readonly #entryBytes: number;

  constructor({ view, start, buckets, entryBytes }: TablePlace) {
    this.#view = view;
    this.#start = start;
    this.#buckets = buckets;
    this.#entryBytes = entryBytes;
  }

  /** Place of the payload within the view, or -1 if the key is not there. */
  find(key: Hash64): number {
    return this.#probe(key, false);
  }

  /** Like `find`, but claims an empty bucket for a new key. -1: the table is full. */
  insert(key: Hash64): number {
    return this.#probe(key, true);
  }

  #probe({ low, high }: Hash64, claim: boolean): number {
    const view = this.#view;
    const buckets = this.#buckets;
    let bucket = remainder64(high, low, buckets);
    // A table without an empty bucket is damaged; it must not make us run in a circle.
    for (let tries = 0; tries < buckets; tries++) {
      const at = this.#start + bucket * this.#entryBytes;
      const foundLow = view.getUint32(at, true);
      const foundHigh = view.getUint32(at + 4, true);
      if (foundLow === low && foundHigh === high) return at + 8;
      if (foundLow === 0 && foundHigh === 0) {
        if (!claim) return -1;
        view.setUint32(at, low, true);
        view.setUint32(at + 4, high, true);
        return at + 8;
      }
      bucket = bucket + 1 === buckets ? 0 : bucket + 1;
    }
    return -1;
  }
}
