/**
 * SentencePiece as ALBERT uses it: the text is tidied, lowered and freed of accents before, and a
 * comma after a digit is cut off after. With the results of the slow `AlbertTokenizer`.
 */
import type { SentencePieceModel } from "../../tensor/sentence-piece-model.ts";
import { EncodingBuilder } from "./encoding-builder.ts";
import { createSentencePiece } from "./sentence-piece.ts";
import type { Encoding, SpecialIds, SpecialTokens, Tokenizer } from "./tokenizer.ts";

const SPECIAL_TOKENS: SpecialTokens = {
  bos: "[CLS]",
  eos: "[SEP]",
  cls: "[CLS]",
  sep: "[SEP]",
  unk: "<unk>",
  pad: "<pad>",
  mask: "[MASK]",
};

const WORD_START = "▁";

/** Offsets are those of the whole text, because tidying loses the places. */
export function createAlbert(model: SentencePieceModel): Tokenizer {
  return new Albert(createSentencePiece(model, { specialTokens: SPECIAL_TOKENS }));
}

class Albert implements Tokenizer {
  readonly #pieces: Tokenizer;

  constructor(pieces: Tokenizer) {
    this.#pieces = pieces;
  }

  get vocabularySize(): number {
    return this.#pieces.vocabularySize;
  }

  get specials(): SpecialIds {
    return this.#pieces.specials;
  }

  idOf(token: string): number | undefined {
    return this.#pieces.idOf(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#pieces.tokenOf(id);
  }

  decode(ids: readonly number[]): string {
    return this.#pieces.decode(ids);
  }

  encode(text: string): Encoding {
    const result = new EncodingBuilder();
    for (const token of this.#pieces.encode(tidy(text)).tokens.flatMap((t) => this.#cutComma(t))) {
      const id = this.idOf(token) ?? (this.specials.unk as number);
      result.push(id, token, 0, text.length);
    }
    return result;
  }

  /** `▁1990,` is no word of its own: it becomes the pieces of `1990` and a comma. */
  #cutComma(token: string): string[] {
    if (!/\p{Nd},$/u.test(token)) return [token];
    const number = token.slice(0, -1).replaceAll(WORD_START, "");
    const [first = "", ...rest] = this.#pieces.encode(number).tokens;
    const isInside = !token.startsWith(WORD_START) && first.startsWith(WORD_START);
    const head = isInside ? first.slice(WORD_START.length) : first;
    return [...(head === "" ? [] : [head]), ...rest, ","];
  }
}

/** Python's `strip().split()`, two kinds of quotes, accents, case. */
function tidy(text: string): string {
  return text
    .trim()
    .replace(/\s+/g, " ")
    .replaceAll("``", '"')
    .replaceAll("''", '"')
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase();
}
