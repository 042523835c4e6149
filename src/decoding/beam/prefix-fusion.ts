/**
 * Shallow fusion of the prefix search: what whole words and begun words are worth.
 *
 *   word:  alpha · ln P(word | words before) + beta, P lowered for unknown words
 *   begun: a penalty if no known word begins like that, the larger the longer it is
 *
 * Formulas and constants are pyctcdecode's (natural logarithms; `unkOffset` is log10 within a
 * word's score and natural in the penalty, as there). Boosts are ours.
 */
import {
  UNKNOWN_WORD,
  type LanguageModel,
  type LanguageModelState,
} from "../../language-model/language-model.ts";
import type { BoostTable } from "./boost.ts";

export interface FusionOptions {
  readonly languageModel?: LanguageModel | undefined;
  /** Words that are known; the language model's own by default. */
  readonly words?: readonly string[] | undefined;
  readonly alpha: number;
  readonly beta: number;
  /** log10, for words that are not known. */
  readonly unkOffset?: number;
  /** pyctcdecode scores the nothing after a last space as an unknown word; we do not. */
  readonly trailingSpaceIsWord?: boolean;
}

/** A sequence of complete words; equal sequences of one stream are one object. */
export interface Sentence {
  readonly id: number;
  readonly languageState: LanguageModelState;
  readonly boostState: number;
  /** All words' scores together, boosts too. */
  readonly score: number;
  /** By the next word; made when there is one, for most sentences have none. */
  children: Map<string, Sentence> | undefined;
}

/** The letters of a word that has begun, none between words; equal ones are one object. */
export interface BegunWord {
  readonly id: number;
  readonly text: string;
  /** Without boosts; at most 0. */
  readonly penalty: number;
  /** With one token more. */
  longer: Map<number, BegunWord> | undefined;
}

/** Begun words remembered; the search looks up anew what it still needs. */
const MOST_BEGUN_WORDS = 50_000;
/** Continuations of sentences remembered. */
const MOST_CONTINUATIONS = 20_000;
const LN10 = Math.LN10;
const UNK_OFFSET = -10;
/** Letters from which on an unknown beginning weighs more. */
const USUAL_LETTERS = 6;
const NO_STATE: LanguageModelState = { words: [], backoffs: [] };

export class PrefixFusion {
  readonly #options: FusionOptions;
  readonly #unkOffset: number;
  /** Sorted by UTF-16 units; undefined: nothing is known, nothing is unknown. */
  readonly #sortedWords: readonly string[] | undefined;
  readonly #knownWords: ReadonlySet<string> | undefined;
  #begun = new Map<string, BegunWord>();
  #nextId = 0;

  constructor(options: FusionOptions) {
    this.#options = options;
    this.#unkOffset = options.unkOffset ?? UNK_OFFSET;
    const model = options.languageModel;
    const words = options.words ?? model?.words();
    if (model === undefined || words === undefined) return;
    const known = words.filter((word) => model.wordId(word) !== UNKNOWN_WORD || word === "<unk>");
    this.#knownWords = new Set(known);
    this.#sortedWords = [...this.#knownWords].sort();
  }

  open(): Sentence {
    return {
      id: this.#nextId++,
      languageState: this.#options.languageModel?.startState() ?? NO_STATE,
      boostState: 0,
      score: 0,
      children: undefined,
    };
  }

  extend(sentence: Sentence, word: string, boost: BoostTable | undefined): Sentence {
    const known = sentence.children?.get(word);
    if (known !== undefined) return known;
    const scored = this.#scoreWord(sentence.languageState, word);
    const boosted = boost?.step(sentence.boostState, word);
    const next: Sentence = {
      id: this.#nextId++,
      languageState: scored.state,
      boostState: boosted?.state ?? 0,
      score: sentence.score + scored.score + (boosted?.change ?? 0),
      children: undefined,
    };
    sentence.children ??= new Map();
    sentence.children.set(word, next);
    return next;
  }

  /** The score of the sentence if it ends after one more word ("": after none). */
  endScore(sentence: Sentence, word: string, boost: BoostTable | undefined): number {
    const { languageModel, alpha, trailingSpaceIsWord = false } = this.#options;
    const last = word === "" ? sentence : this.extend(sentence, word, boost);
    const taken = boost?.endChange(last.boostState) ?? 0;
    if (languageModel === undefined) return last.score + taken;
    if (word === "" && trailingSpaceIsWord) {
      const empty = this.#scoreWord(sentence.languageState, "");
      return sentence.score + empty.score + alpha * LN10 * languageModel.scoreEnd(empty.state);
    }
    return last.score + taken + alpha * LN10 * languageModel.scoreEnd(last.languageState);
  }

  begin(text: string): BegunWord {
    const known = this.#begun.get(text);
    if (known !== undefined) return known;
    const penalty = this.#penaltyOf(text);
    const word: BegunWord = { id: this.#nextId++, text, penalty, longer: undefined };
    this.#begun.set(text, word);
    return word;
  }

  /** The word with the letters of one token more. */
  lengthen(word: BegunWord, token: number, letters: string): BegunWord {
    const known = word.longer?.get(token);
    if (known !== undefined) return known;
    const longer = this.begin(word.text + letters);
    word.longer ??= new Map();
    word.longer.set(token, longer);
    return longer;
  }

  /** Keeps the memory bounded. Call between timesteps, then `begin` the living words again. */
  forget(living: readonly Sentence[]): void {
    if (this.#begun.size > MOST_BEGUN_WORDS) this.#begun = new Map();
    const sentences = new Set(living);
    let continuations = 0;
    for (const { children } of sentences) continuations += children?.size ?? 0;
    if (continuations <= MOST_CONTINUATIONS) return;
    for (const { children } of sentences) {
      for (const [word, next] of children ?? []) {
        if (!sentences.has(next)) children?.delete(word);
      }
    }
  }

  /** What a begun word has earned of the boosts it may become. */
  boostOf({ boostState }: Sentence, text: string, boost: BoostTable): number {
    let best = 0;
    if (text === "") return 0;
    for (const [word, gain] of boost.expected(boostState)) {
      if (word.startsWith(text)) best = Math.max(best, (gain * text.length) / word.length);
    }
    return best;
  }

  #scoreWord(
    state: LanguageModelState,
    word: string,
  ): { readonly score: number; readonly state: LanguageModelState } {
    const { languageModel, alpha, beta } = this.#options;
    if (languageModel === undefined) return { score: 0, state };
    const id = languageModel.wordId(word);
    const scored = languageModel.score(state, id);
    const isUnknown = id === UNKNOWN_WORD || this.#knownWords?.has(word) === false;
    const log10 = scored.logProbability + (isUnknown ? this.#unkOffset : 0);
    return { score: alpha * log10 * LN10 + beta, state: scored.state };
  }

  #penaltyOf(text: string): number {
    const sorted = this.#sortedWords;
    if (text === "" || sorted === undefined) return 0;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] as string) < text) low = middle + 1;
      else high = middle;
    }
    if (sorted[low]?.startsWith(text) === true) return 0;
    return this.#unkOffset * Math.max(1, [...text].length / USUAL_LETTERS);
  }
}
