/**
 * The two questions that KenLM's data structures answer, and the backoff rule on top of them.
 * An n-gram is looked up from its last word backwards, one context word at a time.
 */
import type { LanguageModelState, WordScore } from "./language-model.ts";

/** Where a lookup stands; reused from call to call so that scoring a word makes little garbage. */
export class SearchCursor {
  /** log10 probability of the n-gram. */
  probability = 0;
  /** log10 backoff weight of the n-gram as a context; not set by `longest`. */
  backoff = 0;
  /** Some longer n-gram has this one as its context: the state must keep it. */
  isContext = false;
  /** No longer n-gram ends with this one: looking further is in vain. */
  isLeftmost = false;
  /** The structure's own: two halves of a hash, or a range of children. */
  first = 0;
  second = 0;
}

export interface NgramSearch {
  readonly order: number;
  unigram(cursor: SearchCursor, wordId: number): void;
  /** Extends the n-gram of `level + 1` words by one to the left; false if that is not there. */
  middle(cursor: SearchCursor, level: number, wordId: number): boolean;
  /** The same for the last level, n-grams of the model's order. */
  longest(cursor: SearchCursor, wordId: number): boolean;
}

/** -0 as a backoff weight marks an n-gram that is nowhere a context. */
export function marksContext(backoff: number): boolean {
  return !Object.is(backoff, -0);
}

const cursor = new SearchCursor();

/**
 * Katz backoff: the longest n-gram that is there, plus the backoff weights of the longer
 * contexts. Sums are rounded to single precision, as KenLM's are.
 */
export function scoreWord(
  search: NgramSearch,
  state: LanguageModelState,
  wordId: number,
): WordScore {
  const backoffs: number[] = [];
  const logProbability = wordProbability(search, state, wordId, backoffs);
  return { logProbability, state: nextState(state.words, wordId, backoffs, keptWords) };
}

/** Words that the state after the last scored word must hold. */
let keptWords = 0;

/** The score alone, without a state; `backoffs` is filled with the weights of the new context. */
export function wordProbability(
  search: NgramSearch,
  { words: context, backoffs: contextBackoffs }: LanguageModelState,
  wordId: number,
  backoffs?: number[],
): number {
  search.unigram(cursor, wordId);
  let probability = cursor.probability;
  backoffs?.push(cursor.backoff);
  keptWords = cursor.isContext ? 1 : 0;
  let matched = 1;
  for (let level = 0; level < context.length && !cursor.isLeftmost; level++) {
    if (level === search.order - 2) {
      if (search.longest(cursor, context[level] as number)) {
        probability = cursor.probability;
        matched = search.order;
      }
      break;
    }
    if (!search.middle(cursor, level, context[level] as number)) break;
    probability = cursor.probability;
    matched = level + 2;
    backoffs?.push(cursor.backoff);
    if (cursor.isContext) keptWords = matched;
  }
  for (let n = matched - 1; n < context.length; n++) {
    probability = Math.fround(probability + (contextBackoffs[n] as number));
  }
  return probability;
}

function nextState(
  context: readonly number[],
  wordId: number,
  backoffs: number[],
  keep: number,
): LanguageModelState {
  const words: number[] = [];
  if (keep > 0) words.push(wordId);
  for (let n = 0; n + 1 < keep; n++) words.push(context[n] as number);
  backoffs.length = keep;
  return { words, backoffs };
}
