/** What tokens mean for words: whether one begins a word, ends one, and the letters it adds. */

export interface TokenTexts {
  /** 1: the word before ends, and this token begins the next. */
  readonly begins: Uint8Array;
  /** Letters; empty for a token that only separates. */
  readonly texts: readonly string[];
}

export type TokenKind = "character" | "sentencepiece" | "wordpiece";

const SPACE_MARK = "▁";

/** @param tokens by id, without the blank */
export function tokenTexts(tokens: readonly string[], kind: TokenKind): TokenTexts {
  return {
    begins: Uint8Array.from(tokens, (token) => (beginsWord(token, kind) ? 1 : 0)),
    texts: tokens.map((token) => lettersOf(token, kind)),
  };
}

function beginsWord(token: string, kind: TokenKind): boolean {
  switch (kind) {
    case "character":
      return token === " ";
    case "sentencepiece":
      return token.startsWith(SPACE_MARK);
    case "wordpiece":
      return !token.startsWith("##");
  }
}

function lettersOf(token: string, kind: TokenKind): string {
  switch (kind) {
    case "character":
      return token === " " ? "" : token;
    case "sentencepiece":
      return token.startsWith(SPACE_MARK) ? token.slice(1) : token;
    case "wordpiece":
      return token.startsWith("##") ? token.slice(2) : token;
  }
}
