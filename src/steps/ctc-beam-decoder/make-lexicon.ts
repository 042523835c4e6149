/**
 * The lexicon of a vocabulary: each word with the tokens that the acoustic model spells it by, one
 * spelling a word. Made when a pipeline is deployed, since the step itself has no tokenizer.
 */
import type { SentencePieceModel } from "../../tensor/sentence-piece-model.ts";
import { parseLexicon } from "../../decoding/beam/lexicon.ts";
import { parseCtcVocabulary, type VocabularyKind } from "../../text/ctc-text.ts";
import { createSentencePiece } from "../../text/tokenizers/sentence-piece.ts";

export interface LexiconRequest {
  /** Words between blanks and line ends. */
  readonly words: string;
  /** The acoustic model's tokens by id, without the blank. */
  readonly tokens: readonly string[];
  readonly kind: VocabularyKind;
  /** Needed for SentencePiece tokens only. */
  readonly tokenizer: SentencePieceModel | undefined;
}

export interface MadeLexicon {
  /** `word<TAB>token token …`, a line a word. */
  readonly text: string;
  readonly wordCount: number;
  readonly emptyLines: number;
  /** Words that the model's tokens cannot spell. */
  readonly filtered: readonly string[];
}

export function makeLexicon(request: LexiconRequest): MadeLexicon {
  const spell = spellerOf(request);
  const known = new Set(request.tokens);
  const lines = request.words.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const spellings = new Map<string, string>();
  const filtered = new Set<string>();
  let emptyLines = 0;
  for (const line of lines) {
    const words = line.split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) emptyLines++;
    for (const word of words) {
      if (spellings.has(word)) continue;
      const tokens = spell(word);
      const isSpelled = tokens.length > 0 && tokens.every((token) => known.has(token));
      if (isSpelled) spellings.set(word, tokens.join(" "));
      else filtered.add(word);
    }
  }
  const text = [...spellings].map(([word, tokens]) => `${word}\t${tokens}\n`).join("");
  return { text, wordCount: spellings.size, emptyLines, filtered: [...filtered] };
}

type Speller = (word: string) => readonly string[];

function spellerOf({ kind, tokens, tokenizer }: LexiconRequest): Speller {
  switch (kind) {
    case "character":
      return (word) => [...word];
    case "wordpiece":
      return wordPieceSpeller(new Set(tokens));
    case "sentencepiece":
      return tokenizer === undefined ? () => [] : sentencePieceSpeller(tokenizer);
  }
}

function sentencePieceSpeller(model: SentencePieceModel): Speller {
  const tokenizer = createSentencePiece(model);
  return (word) => {
    const { ids, tokens } = tokenizer.encode(word);
    return ids.includes(tokenizer.specials.unk ?? -1) ? [] : tokens;
  };
}

/** The longest token that fits, again and again, as WordPiece does within a word. */
function wordPieceSpeller(known: ReadonlySet<string>): Speller {
  return (word) => {
    const characters = [...word];
    const tokens: string[] = [];
    let at = 0;
    while (at < characters.length) {
      let end = characters.length;
      const piece = (): string => (at === 0 ? "" : "##") + characters.slice(at, end).join("");
      while (end > at && !known.has(piece())) end--;
      if (end === at) return [];
      tokens.push(piece());
      at = end;
    }
    return tokens;
  };
}

/** How the tokens of an acoustic model stand for text. */
export function vocabularyKind(tokens: readonly string[], isSubword: boolean): VocabularyKind {
  return parseCtcVocabulary(tokens.join("\n"), { useSubword: isSubword }).kind;
}

/** The token that may stand between words: `▁` or a blank, if the model has one. */
export function silenceToken(tokens: readonly string[], kind: VocabularyKind): string {
  const usual = { sentencepiece: "▁", character: " ", wordpiece: "" }[kind];
  return tokens.includes(usual) ? usual : "";
}

/** Words of a given lexicon. @throws ToolError INVALID_FILE with the line's number */
export function checkLexicon(text: string, tokens: readonly string[]): number {
  return parseLexicon(text, tokens).words.length;
}
