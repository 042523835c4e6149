/**
 * The prefixes that one timestep of the prefix search proposes, in columns: there are thousands,
 * of which a beam survives. Equal prefixes meet here and add their probabilities.
 */
import type { BegunWord, Sentence } from "./prefix-fusion.ts";

const FIRST_CAPACITY = 4096;

export class PrefixCandidates {
  count = 0;
  #capacity = FIRST_CAPACITY;
  readonly sentences: Sentence[] = [];
  readonly begun: BegunWord[] = [];
  tokens = new Int32Array(FIRST_CAPACITY);
  /** Natural log-probability of all paths to the prefix. */
  acoustic = new Float64Array(FIRST_CAPACITY);
  /** With the words' scores; filled in by the search. */
  scores = new Float64Array(FIRST_CAPACITY);
  /** Place in the beam of the most probable path's predecessor, and that path's share. */
  parents = new Int32Array(FIRST_CAPACITY);
  #shares = new Float64Array(FIRST_CAPACITY);
  #slots = new Int32Array(2 * FIRST_CAPACITY).fill(-1);

  reset(): void {
    this.count = 0;
    this.sentences.length = 0;
    this.begun.length = 0;
    this.#slots.fill(-1);
  }

  add(sentence: Sentence, begun: BegunWord, token: number, acoustic: number, parent: number): void {
    const slot = this.#slotOf(sentence, begun, token);
    const known = this.#slots[slot] as number;
    if (known >= 0) return this.#merge(known, acoustic, parent);
    const n = this.count++;
    this.#slots[slot] = n;
    this.sentences[n] = sentence;
    this.begun[n] = begun;
    this.tokens[n] = token;
    this.acoustic[n] = acoustic;
    this.parents[n] = parent;
    this.#shares[n] = acoustic;
    if (this.count === this.#capacity) this.#grow();
  }

  #merge(n: number, acoustic: number, parent: number): void {
    this.acoustic[n] = logAdd(this.acoustic[n] as number, acoustic);
    if (acoustic <= (this.#shares[n] as number)) return;
    this.#shares[n] = acoustic;
    this.parents[n] = parent;
  }

  #slotOf(sentence: Sentence, begun: BegunWord, token: number): number {
    const mask = this.#slots.length - 1;
    const mixed =
      Math.imul(sentence.id, 0x9e3779b1) ^
      Math.imul(begun.id, 0x85ebca6b) ^
      Math.imul(token, 0xc2b2ae35);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    for (;;) {
      const n = this.#slots[slot] as number;
      if (n < 0) return slot;
      const isSame =
        this.tokens[n] === token && this.begun[n] === begun && this.sentences[n] === sentence;
      if (isSame) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    this.#capacity *= 2;
    this.tokens = larger(this.tokens, new Int32Array(this.#capacity));
    this.acoustic = larger(this.acoustic, new Float64Array(this.#capacity));
    this.scores = larger(this.scores, new Float64Array(this.#capacity));
    this.parents = larger(this.parents, new Int32Array(this.#capacity));
    this.#shares = larger(this.#shares, new Float64Array(this.#capacity));
    this.#slots = new Int32Array(2 * this.#capacity).fill(-1);
    for (let n = 0; n < this.count; n++) {
      const slot = this.#slotOf(
        this.sentences[n] as Sentence,
        this.begun[n] as BegunWord,
        this.tokens[n] as number,
      );
      this.#slots[slot] = n;
    }
  }
}

function larger<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** ln(exp(a) + exp(b)) */
export function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
