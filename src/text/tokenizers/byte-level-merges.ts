/** The merges of a byte-level vocabulary (`merges.txt`), as rules between numbered symbols. */
import { ToolError } from "../../errors/tool-error.ts";
import { BYTE_CHARACTERS } from "./byte-alphabet.ts";
import { MergeRules } from "./pair-merge.ts";
import type { Vocabulary } from "./vocabulary.ts";

export type Merge = readonly [left: string, right: string];

/**
 * The lines of `merges.txt`.
 * @throws ToolError INVALID_FILE for a line that is not two symbols with a space between
 */
export function parseMerges(text: string): Merge[] {
  return text
    .split(/\r?\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line, number }) => line !== "" && !(number === 1 && line.startsWith("#version")))
    .map(({ line, number }) => {
      const [left, right, ...more] = line.split(" ");
      if (left && right && more.length === 0) return [left, right];
      throw new ToolError("INVALID_FILE", `not a list of merges: '${line.slice(0, 80)}'`, {
        at: `line ${number}`,
        hint: "expected the merges.txt of the model: two symbols and one space a line",
      });
    });
}

export interface ByteLevelRules {
  readonly rules: MergeRules;
  /** The symbol of each byte; a symbol that is a token has the token's id. */
  readonly byteSymbols: readonly number[];
}

/** The rules in the order of `merges`. Symbols beyond the vocabulary's ids are not tokens. */
export function byteLevelRules(vocabulary: Vocabulary, merges: readonly Merge[]): ByteLevelRules {
  const symbols = new SymbolTable(vocabulary);
  const byteSymbols = BYTE_CHARACTERS.map((character) => symbols.of(character));
  const rules = new MergeRules();
  merges.forEach(([left, right], rank) => {
    const rule = { result: symbols.of(left + right), priority: rank };
    rules.add(symbols.of(left), symbols.of(right), rule);
  });
  return { rules, byteSymbols };
}

/** Numbers for the strings that merges are about: a token's id, else one beyond the vocabulary. */
class SymbolTable {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #others = new Map<string, number>();
  #next: number;

  constructor({ ids, tokens }: Vocabulary) {
    this.#ids = ids;
    this.#next = tokens.length;
  }

  of(symbol: string): number {
    const known = this.#ids.get(symbol) ?? this.#others.get(symbol);
    if (known !== undefined) return known;
    this.#others.set(symbol, this.#next);
    return this.#next++;
  }
}
