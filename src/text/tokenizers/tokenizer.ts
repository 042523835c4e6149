/**
 * What every tokenizer is: text to ids with offsets, and back. All of them are pure TypeScript
 * (they also run in bare V8 inside Triton) and keep no state but caches, so one can be shared.
 */

/**
 * The tokens of a text, special ones not added. Offsets count UTF-16 code units, so
 * `text.slice(starts[i], ends[i])` is what token `i` stands for; it may be empty (`▁` of an added
 * leading space) and several tokens may share one character (the bytes of an emoji).
 */
export interface Encoding {
  readonly ids: readonly number[];
  /** As in the vocabulary; for an unknown SentencePiece token its normalised text instead. */
  readonly tokens: readonly string[];
  readonly starts: readonly number[];
  /** Exclusive. */
  readonly ends: readonly number[];
}

export type SpecialRole = "pad" | "unk" | "cls" | "sep" | "bos" | "eos" | "mask";

/** Ids of the special tokens that the vocabulary has. */
export type SpecialIds = { readonly [R in SpecialRole]?: number };

/** Special tokens as text; one that is not in the vocabulary has no id. */
export type SpecialTokens = { readonly [R in SpecialRole]?: string };

export interface Tokenizer {
  /** Number of ids, special tokens included. */
  readonly vocabularySize: number;
  readonly specials: SpecialIds;
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  /** Never fails: what is not in the vocabulary becomes the unknown token or bytes. */
  encode(text: string): Encoding;
  /** Text of ids; special tokens and ids out of range are left out. */
  decode(ids: readonly number[]): string;
}
