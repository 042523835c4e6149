/** The tokens of a text, word by word. */
import { characterOffsets, findWords, type TextRange } from "../../text/language/words.ts";
import { requiredSpecial } from "../../text/tokenizers/model-input.ts";
import type { Tokenizer } from "../../text/tokenizers/tokenizer.ts";

export interface TokenizedText {
  readonly text: string;
  /** Words that have tokens. */
  readonly words: readonly TextRange[];
  /** Start and end of each word, in characters. */
  readonly spans: Int32Array;
  readonly ids: readonly number[];
  /** Of each token: its word if it is the word's first token, else -1. */
  readonly tokenWords: readonly number[];
  /** Of each word: its first token. */
  readonly firstTokens: readonly number[];
}

/** A word without tokens (a lone zero-width mark) becomes the unknown token, or is left out. */
export function tokenizeWords(
  text: string,
  tokenizer: Tokenizer,
  keepsEmptyWords: boolean,
): TokenizedText {
  const words: TextRange[] = [];
  const ids: number[] = [];
  const tokenWords: number[] = [];
  const firstTokens: number[] = [];
  for (const word of findWords(text)) {
    const encoded = tokenizer.encode(text.slice(word.start, word.end)).ids;
    const isEmpty = encoded.length === 0;
    if (isEmpty && !keepsEmptyWords) continue;
    const tokens = isEmpty ? [requiredSpecial(tokenizer.specials, "unk")] : encoded;
    firstTokens.push(ids.length);
    tokens.forEach((id, i) => {
      ids.push(id);
      tokenWords.push(i === 0 ? words.length : -1);
    });
    words.push(word);
  }
  const places = words.flatMap(({ start, end }) => [start, end]);
  const spans = Int32Array.from(characterOffsets(text, places));
  return { text, words, spans, ids, tokenWords, firstTokens };
}
