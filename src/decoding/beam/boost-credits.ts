/**
 * Word boosting within words, for the search with a lexicon: what a boosted word will earn is
 * given share by share along its tokens, so that it is not pruned before it is complete. At its
 * end the shares are taken back and the whole is given.
 */
import type { BoostTable } from "./boost.ts";
import { ROOT, type LexiconTrie } from "./lexicon-trie.ts";
import type { Lexicon } from "./lexicon.ts";

export class BoostCredits {
  readonly table: BoostTable;
  readonly #trie: LexiconTrie;
  /** Spellings of the words of the table. */
  readonly #spellings = new Map<string, (readonly number[])[]>();
  /** By state of the table: lexicon node to what a hypothesis there has been given. */
  readonly #credits = new Map<number, ReadonlyMap<number, number>>();

  constructor(table: BoostTable, lexicon: Lexicon, trie: LexiconTrie) {
    this.table = table;
    this.#trie = trie;
    for (const { label, tokens } of lexicon.spellings) {
      const word = lexicon.words[label] as string;
      if (!table.hasWord(word)) continue;
      const spellings = this.#spellings.get(word) ?? [];
      this.#spellings.set(word, [...spellings, tokens]);
    }
  }

  /** By going from one node of the lexicon to a child. */
  change(state: number, from: number, to: number): number {
    const credits = this.#creditsOf(state);
    return (credits.get(to) ?? 0) - (credits.get(from) ?? 0);
  }

  /** By the word that has ended. */
  wordChange(state: number, word: string): number {
    return this.table.step(state, word).change;
  }

  /** By ending a word: its shares go. */
  refund(state: number, node: number): number {
    return node === ROOT ? 0 : -(this.#creditsOf(state).get(node) ?? 0);
  }

  /** By ending the utterance at a node. */
  endChange(state: number, node: number): number {
    return this.table.endChange(state) + this.refund(state, node);
  }

  #creditsOf(state: number): ReadonlyMap<number, number> {
    const known = this.#credits.get(state);
    if (known !== undefined) return known;
    const credits = new Map<number, number>();
    for (const [word, gain] of this.table.expected(state)) {
      for (const tokens of this.#spellings.get(word) ?? []) this.#give(credits, tokens, gain);
    }
    this.#credits.set(state, credits);
    return credits;
  }

  #give(credits: Map<number, number>, tokens: readonly number[], gain: number): void {
    let node = ROOT;
    tokens.forEach((token, n) => {
      node = this.#trie.child(node, token);
      const share = (gain * (n + 1)) / tokens.length;
      credits.set(node, Math.max(credits.get(node) ?? 0, share));
    });
  }
}
