/**
 * CTC tokens to text and words, for the three kinds of vocabulary that NeMo models have. The text
 * is the one that NeMo's tokenizers make of the same ids; words are its parts between spaces, so
 * a transcript and its words always agree.
 */
import { decodeUtf8 } from "./utf8.ts";

/**
 * `character`: tokens are put together as they are, a space among them.
 * `sentencepiece`: ▁ stands for a space, `<0xNN>` for a byte.
 * `wordpiece`: every token is a word unless it starts with `##`.
 */
export type VocabularyKind = "character" | "sentencepiece" | "wordpiece";

export interface CtcVocabulary {
  readonly kind: VocabularyKind;
  /** Tokens by id, without the blank, whose id is their number. */
  readonly tokens: readonly string[];
}

/** A decoded token: its run of timesteps, and the sum of its natural log-probabilities over them. */
export interface TimedToken {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly scoreSum: number;
}

/** A word with its place on the grid of timesteps. */
export interface CtcWord {
  readonly text: string;
  /** First timestep of its first token. */
  readonly start: number;
  /** Timestep after its last token. */
  readonly end: number;
  /**
   * Mean natural log-probability of the timesteps that gave its tokens: at most 0, which is sure;
   * `exp(score)` is a probability.
   */
  readonly score: number;
}

export interface CtcText {
  /** As NeMo writes it, with whatever spaces the tokens hold. */
  readonly text: string;
  readonly words: readonly CtcWord[];
  /** As of a word, over all timesteps that gave tokens; 0 without tokens. */
  readonly score: number;
}

const SPACE_MARK = /▁/g;
const BYTE_PIECE = /^<0x([0-9A-Fa-f]{2})>$/;
/** SentencePiece control symbols have no text; the unknown piece has this one. */
const CONTROL_PIECES = new Set(["<s>", "</s>", "<pad>"]);
const UNKNOWN_PIECE = "<unk>";
const UNKNOWN_TEXT = " ⁇ ";
const SPECIAL_WORD_PIECES = new Set(["[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]"]);

/** Text, words and score of tokens one after the other. */
export function ctcText(tokens: readonly TimedToken[], vocabulary: CtcVocabulary): CtcText {
  const pieces = tokens.map(({ id }) => vocabulary.tokens[id] as string);
  const surfaces = surfacesOf(pieces, vocabulary.kind);
  return {
    text: trimAsNemo(surfaces.join(""), vocabulary.kind),
    words: groupWords(tokens, surfaces),
    score: meanScore(tokens),
  };
}

/** What each token adds to the text. */
function surfacesOf(pieces: readonly string[], kind: VocabularyKind): string[] {
  switch (kind) {
    case "character":
      return [...pieces];
    case "wordpiece":
      return wordPieceSurfaces(pieces);
    case "sentencepiece":
      return sentencePieceSurfaces(pieces);
  }
}

/** NeMo drops special tokens, joins by " " and takes " ##" out, so that a leading "##" stays. */
function wordPieceSurfaces(pieces: readonly string[]): string[] {
  const first = pieces.findIndex((piece) => !SPECIAL_WORD_PIECES.has(piece));
  return pieces.map((piece, n) => {
    if (SPECIAL_WORD_PIECES.has(piece)) return "";
    if (n === first) return piece;
    return piece.startsWith("##") ? piece.slice(2) : ` ${piece}`;
  });
}

function sentencePieceSurfaces(pieces: readonly string[]): string[] {
  const surfaces = pieces.map((piece) =>
    piece === UNKNOWN_PIECE
      ? UNKNOWN_TEXT
      : CONTROL_PIECES.has(piece)
        ? ""
        : piece.replace(SPACE_MARK, " "),
  );
  const bytes = pieces.map((piece) => BYTE_PIECE.exec(piece)?.[1]);
  for (let n = 0; n < pieces.length; n++) {
    if (bytes[n] === undefined) continue;
    let end = n;
    while (bytes[end] !== undefined) surfaces[end++] = "";
    // A character of several byte pieces belongs to the last of them.
    surfaces[end - 1] = decodeUtf8(
      Uint8Array.from(bytes.slice(n, end), (hex) => parseInt(hex ?? "", 16)),
    );
    n = end - 1;
  }
  return surfaces;
}

function trimAsNemo(text: string, kind: VocabularyKind): string {
  if (kind === "wordpiece") return text.trim();
  return kind === "sentencepiece" && text.startsWith(" ") ? text.slice(1) : text;
}

/** Words are what stands between spaces; a token belongs to the words that it has letters of. */
function groupWords(tokens: readonly TimedToken[], surfaces: readonly string[]): CtcWord[] {
  const words: CtcWord[] = [];
  let text = "";
  let members: TimedToken[] = [];
  /** Tokens without text of their own (bytes of a character) go to the word that follows them. */
  let waiting: TimedToken[] = [];
  const close = (): void => {
    if (text !== "") words.push(makeWord(text, members));
    text = "";
    members = [];
  };
  tokens.forEach((token, n) => {
    const surface = surfaces[n] as string;
    if (surface === "") waiting.push(token);
    surface.split(" ").forEach((part, index) => {
      if (index > 0) close();
      if (part === "") return;
      text += part;
      members.push(...waiting, token);
      waiting = [];
    });
  });
  close();
  return words;
}

function makeWord(text: string, members: readonly TimedToken[]): CtcWord {
  const [first] = members;
  const last = members.at(-1);
  return { text, start: first?.start ?? 0, end: last?.end ?? 0, score: meanScore(members) };
}

function meanScore(tokens: readonly TimedToken[]): number {
  const timesteps = tokens.reduce((sum, token) => sum + token.end - token.start, 0);
  return timesteps === 0 ? 0 : tokens.reduce((sum, token) => sum + token.scoreSum, 0) / timesteps;
}

/**
 * The vocabulary in a file with a token a line. Subword tokens are SentencePiece if any has its
 * space mark, else WordPiece.
 */
export function parseCtcVocabulary(
  text: string,
  options: { readonly useSubword: boolean },
): CtcVocabulary {
  const lines = text.split(/\r?\n/);
  const tokens = lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  const marked = tokens.some((token) => token.includes("▁"));
  return {
    kind: !options.useSubword ? "character" : marked ? "sentencepiece" : "wordpiece",
    tokens,
  };
}
