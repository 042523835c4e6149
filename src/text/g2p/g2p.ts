/**
 * Grapheme to phoneme: text to symbols, which are phones where the dictionary has a word, and
 * else letters, blanks and punctuation one by one. Two kinds: `arpabet.ts` and `ipa.ts`.
 */

/** Pronunciations of one request; words are folded as the G2P's own dictionary folds them. */
export type CustomDictionary = ReadonlyMap<string, readonly string[]>;

export type PhoneAlphabet = "arpabet" | "ipa";

export interface G2p {
  readonly alphabet: PhoneAlphabet;
  /** What a word is looked up as: lower case for ARPABET, mostly upper case for IPA. */
  fold(word: string): string;
  /** True if the dictionary has the word (whatever its case). */
  has(word: string): boolean;
  /** @param custom wins over the dictionary, heteronyms and ambiguity. */
  symbols(text: string, custom?: CustomDictionary): string[];
}

/** Everything but words and literals goes one code point at a time. */
export function codePoints(text: string): string[] {
  return Array.from(text);
}

/** The words of a heteronyms file, one a line, as NeMo reads it. */
export function readHeteronyms(text: string): Set<string> {
  return new Set(
    text
      .split(/\r\n|\n|\r/)
      .map((line) => line.trimEnd())
      .filter((w) => w !== ""),
  );
}
