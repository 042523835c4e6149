/**
 * Walks the replacement rules of a SentencePiece model: a Darts-clone double array over UTF-8
 * bytes. A unit holds the label of the edge into it (bits 0-7), whether a value follows (bit 8)
 * and the distance to its children (bits 10-30, times 256 if bit 9 is set); a unit with bit 31
 * is a value. See https://github.com/s-yata/darts-clone.
 */
import type { Charsmap } from "../../tensor/sentence-piece-model.ts";

const HAS_VALUE = 0x100;
const LABEL_BITS = 0x800000ff | 0;
const ROOT = 0;
const VALUE_BITS = 0x7fffffff;

/** A rule that applies: `units` of the text become `text`. */
export interface Replacement {
  readonly units: number;
  readonly text: string;
}

export class CharsmapRules {
  readonly #units: Int32Array;
  readonly #texts: ReadonlyMap<number, string>;

  constructor({ units, replacements }: Charsmap) {
    this.#units = Int32Array.from(units);
    this.#texts = new Map(replacements);
  }

  /** The longest rule for what stands at `at`. */
  longestAt(text: string, at: number): Replacement | undefined {
    let node = ROOT;
    let found: Replacement | undefined;
    for (let i = at; i < text.length;) {
      const codePoint = text.codePointAt(i) as number;
      const end = i + (codePoint > 0xffff ? 2 : 1);
      node = this.#follow(node, codePoint);
      if (node < 0) break;
      const value = this.#valueAt(node);
      if (value !== undefined) found = { units: end - at, text: value };
      i = end;
    }
    return found;
  }

  /** True if an ASCII character followed by another one or nothing is certain to stay as it is. */
  isPlain(codePoint: number): boolean {
    const node = this.#follow(ROOT, codePoint);
    if (node < 0) return true;
    if (this.#valueAt(node) !== undefined) return false;
    for (let next = 0; next < 0x80; next++) {
      if (this.#follow(node, next) >= 0) return false;
    }
    return true;
  }

  /** The node one character further; negative if there is none. */
  #follow(from: number, codePoint: number): number {
    if (codePoint < 0x80) return this.#step(from, codePoint);
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) return -1;
    if (codePoint < 0x800) {
      return this.#step(this.#step(from, 0xc0 | (codePoint >> 6)), tail(codePoint));
    }
    if (codePoint < 0x10000) {
      const second = this.#step(this.#step(from, 0xe0 | (codePoint >> 12)), tail(codePoint >> 6));
      return this.#step(second, tail(codePoint));
    }
    const second = this.#step(this.#step(from, 0xf0 | (codePoint >> 18)), tail(codePoint >> 12));
    return this.#step(this.#step(second, tail(codePoint >> 6)), tail(codePoint));
  }

  #step(from: number, byte: number): number {
    if (from < 0) return -1;
    const node = this.#childrenOf(from) ^ byte;
    // the bounds matter: a damaged array may point anywhere
    if (node >= this.#units.length) return -1;
    return ((this.#units[node] as number) & LABEL_BITS) === byte ? node : -1;
  }

  /** The place of the child with label 0, which is also where a value is. */
  #childrenOf(node: number): number {
    const unit = this.#units[node] as number;
    return node ^ ((unit >>> 10) << ((unit & 0x200) >>> 6));
  }

  #valueAt(node: number): string | undefined {
    if (((this.#units[node] as number) & HAS_VALUE) === 0) return undefined;
    const value = this.#units[this.#childrenOf(node)];
    return value === undefined ? undefined : this.#texts.get(value & VALUE_BITS);
  }
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
