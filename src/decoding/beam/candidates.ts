/**
 * The continuations that one timestep proposes: columns instead of objects, since there are
 * thousands, of which a beam survives. The rules are flashlight-text's: what is worse than the
 * best by more than the threshold goes, equal hypotheses become one, the best are kept.
 */
import type { HistoryNode } from "./history.ts";
import { selectBest } from "./select.ts";

export interface Pruning {
  readonly beamSize: number;
  readonly beamThreshold: number;
  /** Equal hypotheses add their probabilities; else the better one stands for both. */
  readonly logAdd: boolean;
}

const FIRST_CAPACITY = 4096;

export class Candidates {
  #capacity = FIRST_CAPACITY;
  #count = 0;
  #bestScore = -Infinity;
  readonly #pruning: Pruning;
  scores = new Float64Array(FIRST_CAPACITY);
  /** Place in the beam of the hypothesis that is continued. */
  parents = new Int32Array(FIRST_CAPACITY);
  lexiconNodes = new Int32Array(FIRST_CAPACITY);
  tokens = new Int32Array(FIRST_CAPACITY);
  /** Label of the word that ends here, or -1. */
  words = new Int32Array(FIRST_CAPACITY);
  readonly histories: HistoryNode[] = [];
  /** Label by which the history is to be extended, or -1: a node is made only for survivors. */
  pending = new Int32Array(FIRST_CAPACITY);
  #slots = new Int32Array(2 * FIRST_CAPACITY);
  #chosen = new Int32Array(FIRST_CAPACITY);
  #sums = new Float64Array(FIRST_CAPACITY);

  constructor(pruning: Pruning) {
    this.#pruning = pruning;
  }

  reset(): void {
    this.#count = 0;
    this.#bestScore = -Infinity;
  }

  /** False, and nothing to fill in, if the score is hopeless already. */
  accepts(score: number): boolean {
    return score >= this.#bestScore - this.#pruning.beamThreshold;
  }

  /** Call `accepts` first. */
  add(
    score: number,
    history: HistoryNode,
    pending: number,
    lexiconNode: number,
    token: number,
    word: number,
    parent: number,
  ): void {
    if (score > this.#bestScore) this.#bestScore = score;
    if (this.#count === this.#capacity) this.#grow();
    const n = this.#count++;
    this.scores[n] = score;
    this.parents[n] = parent;
    this.lexiconNodes[n] = lexiconNode;
    this.tokens[n] = token;
    this.words[n] = word;
    this.histories[n] = history;
    this.pending[n] = pending;
  }

  /** The places of the survivors; `sorted`: best first. */
  survivors(sorted: boolean): Int32Array {
    const count = this.#merge();
    const kept = selectBest(this.#chosen.subarray(0, count), this.scores, this.#pruning.beamSize);
    return sorted
      ? kept.sort((a, b) => (this.scores[b] as number) - (this.scores[a] as number))
      : kept;
  }

  /** Collects the best candidate of each kind in `#chosen`; returns how many kinds there are. */
  #merge(): number {
    const mask = this.#slots.length - 1;
    const slots = this.#slots.fill(-1);
    const threshold = this.#bestScore - this.#pruning.beamThreshold;
    let count = 0;
    for (let n = 0; n < this.#count; n++) {
      if (!((this.scores[n] as number) >= threshold)) continue;
      let slot = this.#hash(n) & mask;
      while (slots[slot] !== -1 && !this.#areEqual(n, this.#chosen[slots[slot] as number])) {
        slot = (slot + 1) & mask;
      }
      const place = slots[slot] as number;
      if (place === -1) {
        slots[slot] = count;
        this.#sums[count] = this.scores[n] as number;
        this.#chosen[count++] = n;
      } else this.#mergeInto(place, n);
    }
    if (this.#pruning.logAdd) this.#takeSums(count);
    return count;
  }

  #mergeInto(place: number, n: number): void {
    const score = this.scores[n] as number;
    const sum = this.#sums[place] as number;
    const distance = -Math.abs(score - sum);
    this.#sums[place] = Math.max(score, sum) + Math.log1p(Math.exp(distance));
    if (score > (this.scores[this.#chosen[place] as number] as number)) this.#chosen[place] = n;
  }

  #takeSums(count: number): void {
    for (let place = 0; place < count; place++) {
      this.scores[this.#chosen[place] as number] = this.#sums[place] as number;
    }
  }

  #hash(n: number): number {
    const history = Math.imul((this.histories[n] as HistoryNode).id, 0x9e3779b1);
    const node = Math.imul(this.lexiconNodes[n] as number, 0x85ebca6b);
    const pending = Math.imul(this.pending[n] as number, 0x27d4eb2f);
    const hash = history ^ node ^ pending ^ Math.imul(this.tokens[n] as number, 0xc2b2ae35);
    return hash ^ (hash >>> 15);
  }

  #areEqual(a: number, b = -1): boolean {
    return (
      this.tokens[a] === this.tokens[b] &&
      this.lexiconNodes[a] === this.lexiconNodes[b] &&
      this.pending[a] === this.pending[b] &&
      this.histories[a] === this.histories[b]
    );
  }

  #grow(): void {
    this.#capacity *= 2;
    this.scores = larger(this.scores, new Float64Array(this.#capacity));
    this.parents = larger(this.parents, new Int32Array(this.#capacity));
    this.lexiconNodes = larger(this.lexiconNodes, new Int32Array(this.#capacity));
    this.tokens = larger(this.tokens, new Int32Array(this.#capacity));
    this.words = larger(this.words, new Int32Array(this.#capacity));
    this.pending = larger(this.pending, new Int32Array(this.#capacity));
    this.#slots = new Int32Array(2 * this.#capacity);
    this.#chosen = new Int32Array(this.#capacity);
    this.#sums = new Float64Array(this.#capacity);
  }
}

function larger<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
