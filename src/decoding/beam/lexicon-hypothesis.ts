/** One hypothesis of the search with a lexicon, and the labels by which histories grow. */
import type { LanguageModel } from "../../language-model/language-model.ts";
import { linkedValues, type BeamHypothesis, type BeamWord, type Link } from "./beam-decoder.ts";
import type { HistoryNode, HistorySource } from "./history.ts";
import type { Lexicon } from "./lexicon.ts";

export interface Hypothesis {
  readonly score: number;
  readonly acousticScore: number;
  readonly history: HistoryNode;
  /** Place in the lexicon's tree. */
  readonly node: number;
  /** Token of the last timestep. */
  readonly token: number;
  readonly words: Link<BeamWord> | undefined;
  /** Of the word that has begun: first timestep, sum and number of its tokens' scores. */
  readonly start: number;
  readonly tokenSum: number;
  readonly tokenCount: number;
}

const UNKNOWN_TEXT = "<unk>";

/** The lexicon's words as labels; one more, the last, stands for unknown words. */
export function historySource(
  lexicon: Lexicon,
  languageModel: LanguageModel | undefined,
): HistorySource {
  const texts = [...lexicon.words, UNKNOWN_TEXT];
  return {
    languageModel,
    texts,
    languageIds: Int32Array.from(texts, (text) => languageModel?.wordId(text) ?? 0),
  };
}

/** log10 of each label as the first word of a sentence. */
export function scoresAfterStart(
  languageModel: LanguageModel,
  source: HistorySource,
): Float64Array {
  const start = languageModel.startState();
  return Float64Array.from(
    source.languageIds,
    (id) => languageModel.score(start, id).logProbability,
  );
}

export function resultOf({ words, score, acousticScore }: Hypothesis): BeamHypothesis {
  return { words: linkedValues(words), tokens: [], score, acousticScore };
}
