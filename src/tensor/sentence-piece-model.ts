/**
 * A SentencePiece model as plain data, without its encoding: `formats/sentencepiece` reads it,
 * `text/tokenizers` runs it, neither knows the other, so the shape they share is here. Nothing
 * in it is lost by `JSON.stringify`: that is how a model travels to a step inside Triton.
 */

/** How text is cut into pieces. */
export type SentencePieceAlgorithm = "unigram" | "bpe" | "word" | "char";

export const PIECE_KINDS = [
  "normal",
  "unknown",
  "control",
  "user-defined",
  "unused",
  "byte",
] as const;
export type PieceKind = (typeof PIECE_KINDS)[number];

export interface SentencePieceModel {
  readonly algorithm: SentencePieceAlgorithm;
  /** By id; exactly one is the unknown piece. */
  readonly pieces: readonly Piece[];
  /** Unknown characters become pieces of single bytes, `<0x00>` to `<0xFF>`. */
  readonly byteFallback: boolean;
  /** A word's space comes after it, not before. */
  readonly whitespaceAsSuffix: boolean;
  /** What the unknown piece is decoded to. */
  readonly unknownSurface: string;
  /** Names of pieces by role; a piece that is not there or not a control symbol has no role. */
  readonly bosPiece: string;
  readonly eosPiece: string;
  readonly padPiece: string;
  readonly normalizer: SentencePieceNormalizer;
}

export type Piece = readonly [text: string, score: number, kind: PieceKind];

export interface SentencePieceNormalizer {
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
  /** Undefined: characters stay as they are. */
  readonly charsmap?: Charsmap;
}

/** Replacement rules: a Darts double array over UTF-8 bytes, whose values name texts. */
export interface Charsmap {
  /** The array's units, as signed 32-bit numbers. */
  readonly units: readonly number[];
  /** Each text with the value that stands for it. */
  readonly replacements: readonly (readonly [value: number, text: string])[];
}
