/**
 * Fills the tables of a probing model order by order. Besides the n-gram itself, each one marks
 * its context (must be kept in the state) and its suffix (can be extended to the left). Where
 * pruning took a suffix out, KenLM's rule puts a blank entry in: the probability that backing
 * off gives.
 */
import { ToolError } from "../errors/tool-error.ts";
import type { ArpaSection } from "./arpa-reader.ts";
import { combineWordHash, Hash64 } from "./hash64.ts";
import { probingTables, UNIGRAM_BYTES, type ProbingPlan } from "./probing-search.ts";
import type { ProbingTable } from "./probing-table.ts";

/** Adds all n-grams from bigrams on; returns the order of a table that is too small, if any. */
export function insertNgrams(
  view: DataView,
  sections: readonly ArpaSection[],
  plan: ProbingPlan,
): number | undefined {
  const builder = new Builder(view, plan);
  for (let order = 2; order <= sections.length; order++) {
    const full = builder.insertSection(sections[order - 1] as ArpaSection, order);
    if (full !== undefined) return full;
  }
  return undefined;
}

/** The word ids of an n-gram from the last to the first, as they are hashed. */
type ReversedWords = number[];

class Builder {
  readonly #view: DataView;
  readonly #plan: ProbingPlan;
  readonly #tables: readonly ProbingTable[];
  readonly #key = new Hash64();

  constructor(view: DataView, plan: ProbingPlan) {
    this.#view = view;
    this.#plan = plan;
    this.#tables = probingTables(view, plan);
  }

  insertSection(section: ArpaSection, order: number): number | undefined {
    const words: ReversedWords = [];
    for (let n = 0; n < section.probabilities.length; n++) {
      for (let m = 0; m < order; m++) words[m] = section.words.at((n + 1) * order - 1 - m);
      const at = this.#insert(words, 0, order);
      if (at < 0) return order;
      this.#view.setFloat32(at, -Math.abs(section.probabilities.at(n)), true);
      if (order <= this.#plan.tables.length) {
        this.#view.setFloat32(at + 4, section.backoffs.at(n) || -0, true);
      }
      const full = this.#markSuffix(words, order);
      if (full !== undefined) return full;
      const context = this.#find(words, 1, order - 1);
      if (context < 0) throw missingContext(n, order);
      this.#markContext(context);
    }
    return undefined;
  }

  /** Marks the suffix one word shorter; makes blanks down to the first that is there. */
  #markSuffix(words: ReversedWords, order: number): number | undefined {
    let basis = order - 1;
    let at = this.#find(words, 0, basis);
    while (at < 0) at = this.#find(words, 0, --basis);
    let probability = -Math.abs(this.#view.getFloat32(at, true));
    this.#extendLeft(at);
    for (let length = basis + 1; length < order; length++) {
      const context = this.#find(words, 1, length - 1);
      if (context >= 0) {
        probability = Math.fround(probability + this.#view.getFloat32(context + 4, true));
        this.#markContext(context);
      }
      const blank = this.#insert(words, 0, length);
      if (blank < 0) return length;
      this.#view.setFloat32(blank, probability, true);
      this.#view.setFloat32(blank + 4, -0, true);
      this.#extendLeft(blank);
    }
    return undefined;
  }

  /** Clears the sign bit. */
  #extendLeft(at: number): void {
    this.#view.setUint8(at + 3, this.#view.getUint8(at + 3) & 0x7f);
  }

  #markContext(at: number): void {
    if (this.#view.getFloat32(at + 4, true) === 0) this.#view.setFloat32(at + 4, 0, true);
  }

  /** Place of the weights of the n-gram `words[from]` … `words[from + length - 1]`, or -1. */
  #find(words: ReversedWords, from: number, length: number): number {
    if (length === 1) return this.#plan.unigrams + (words[from] as number) * UNIGRAM_BYTES;
    this.#hash(words, from, length);
    return (this.#tables[length - 2] as ProbingTable).find(this.#key);
  }

  #insert(words: ReversedWords, from: number, length: number): number {
    this.#hash(words, from, length);
    return (this.#tables[length - 2] as ProbingTable).insert(this.#key);
  }

  #hash(words: ReversedWords, from: number, length: number): void {
    this.#key.low = words[from] as number;
    this.#key.high = 0;
    for (let n = 1; n < length; n++) combineWordHash(this.#key, words[from + n] as number);
  }
}

function missingContext(index: number, order: number): ToolError {
  return new ToolError(
    "INVALID_FILE",
    `ARPA: the first ${order - 1} words of ${order}-gram ${index + 1} are no ${order - 1}-gram`,
    { hint: "the model was pruned wrongly; build it again, or prune it with another tool" },
  );
}
