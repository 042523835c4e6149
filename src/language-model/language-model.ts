/**
 * What a beam search asks of an n-gram language model, whatever file it came from. Here and in
 * everything under this folder no Node API is used: a decoder also runs in V8 inside Triton.
 */

/**
 * What an n-gram model must know of the words so far: the last ones that still matter, at most
 * order - 1, and the backoff weights of the contexts that they make. Never changed once made.
 */
export interface LanguageModelState {
  /** Word ids, the most recent first. */
  readonly words: readonly number[];
  /** log10 backoff weights of the last word, the last two words, … */
  readonly backoffs: readonly number[];
}

export interface WordScore {
  /** log10 (as in ARPA files) of P(word | state); a beam search converts if it wants to. */
  readonly logProbability: number;
  readonly state: LanguageModelState;
}

export interface LanguageModel {
  /** Longest n-grams of the model. */
  readonly order: number;
  /** State after the beginning of a sentence. */
  startState(): LanguageModelState;
  /** State without any context. */
  emptyState(): LanguageModelState;
  score(state: LanguageModelState, wordId: number): WordScore;
  /** The same number without the state: for the many words that a search looks at and drops. */
  logProbability(state: LanguageModelState, wordId: number): number;
  /** log10 of P(end of sentence | state). */
  scoreEnd(state: LanguageModelState): number;
  /** Id of a word as the file spells it; {@link UNKNOWN_WORD} if the model does not have it. */
  wordId(word: string): number;
  isUnknown(wordId: number): boolean;
  /** All words by id, if the file holds them (KenLM may leave them out). */
  words(): readonly string[] | undefined;
}

/** Id of `<unk>`, which stands for every word that a model does not have. */
export const UNKNOWN_WORD = 0;

/** True if no word that follows can tell the two apart. */
export function sameState(a: LanguageModelState, b: LanguageModelState): boolean {
  return a.words.length === b.words.length && a.words.every((word, n) => word === b.words[n]);
}
