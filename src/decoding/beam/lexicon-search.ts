/**
 * The beam search of flashlight-text with a lexicon: hypotheses walk through the lexicon's prefix
 * tree, a word's end asks the language model. A hypothesis' score is
 *
 *   acoustic + lmWeight · log10 P(words) + wordInsertionScore · words + unkScore · unknown words
 *   + silScore · silences + boosts
 *
 * Steps, pruning, merging and the ending are the original's (LexiconDecoder, CTC criterion, word
 * language model); the tests hold the two side by side. Word boosting is ours.
 */
import type { LanguageModel } from "../../language-model/language-model.ts";
import type { BeamDecoder, BeamHypothesis } from "./beam-decoder.ts";
import { BoostCredits } from "./boost-credits.ts";
import type { BoostTable } from "./boost.ts";
import { Candidates, type Pruning } from "./candidates.ts";
import { FrameScores, type TopFrames } from "./frames.ts";
import {
  extendHistory,
  forgetDeadHistories,
  languageScoreOf,
  openHistory,
  type HistoryNode,
  type HistorySource,
} from "./history.ts";
import {
  historySource,
  resultOf,
  scoresAfterStart,
  type Hypothesis,
} from "./lexicon-hypothesis.ts";
import { LexiconTrie, ROOT, type SmearingMode } from "./lexicon-trie.ts";
import type { Lexicon } from "./lexicon.ts";

export interface LexiconSearchOptions extends Pruning {
  /** Number of tokens, with the blank. */
  readonly vocabularySize: number;
  readonly blank: number;
  /** The token that may stand between words at no word's cost; -1: there is none. */
  readonly silence: number;
  readonly lexicon: Lexicon;
  /** Without one, words are limited by the lexicon only. */
  readonly languageModel?: LanguageModel | undefined;
  /** Most tokens of a timestep that continue a hypothesis. */
  readonly beamSizeToken: number;
  readonly lmWeight: number;
  readonly wordInsertionScore: number;
  /** -Infinity: no unknown words. */
  readonly unkScore: number;
  readonly silScore: number;
  readonly smearing: SmearingMode;
}

export interface LexiconSearchState {
  /** Number of the next timestep. */
  readonly timestep: number;
  readonly hypotheses: readonly Hypothesis[];
  readonly boost: BoostCredits | undefined;
}

const NO_WORD = -1;

export class LexiconSearch implements BeamDecoder<LexiconSearchState> {
  readonly #options: LexiconSearchOptions;
  readonly #trie: LexiconTrie;
  readonly #source: HistorySource;
  readonly #candidates: Candidates;
  readonly #frame: FrameScores;
  /** Label of unknown words: one beyond the lexicon's. */
  readonly #unknown: number;
  /** The last history that an unknown word was proposed for, and what it scored. */
  #unknownAfter: HistoryNode | undefined;
  #unknownScore = 0;

  constructor(options: LexiconSearchOptions) {
    this.#options = options;
    const { lexicon, languageModel, smearing } = options;
    this.#unknown = lexicon.words.length;
    this.#source = historySource(lexicon, languageModel);
    const labelScores = languageModel && scoresAfterStart(languageModel, this.#source);
    this.#trie = new LexiconTrie(lexicon, { smearing, labelScores });
    this.#candidates = new Candidates(options);
    this.#frame = new FrameScores(options.vocabularySize, options.blank);
  }

  open({
    timestep = 0,
    boost,
  }: { timestep?: number; boost?: BoostTable } = {}): LexiconSearchState {
    const hypothesis: Hypothesis = {
      score: 0,
      acousticScore: 0,
      history: openHistory(this.#source),
      node: ROOT,
      token: this.#options.silence,
      words: undefined,
      start: timestep,
      tokenSum: 0,
      tokenCount: 0,
    };
    const credits =
      boost === undefined || boost.isEmpty
        ? undefined
        : new BoostCredits(boost, this.#options.lexicon, this.#trie);
    return { timestep, hypotheses: [hypothesis], boost: credits };
  }

  push(
    state: LexiconSearchState,
    frames: TopFrames,
    range = { from: 0, to: frames.blankScores.length },
  ): LexiconSearchState {
    let { timestep, hypotheses } = state;
    for (let index = range.from; index < range.to; index++) {
      this.#frame.load(frames, index);
      hypotheses = this.#step(hypotheses, frames, index, timestep++, state.boost);
    }
    forgetDeadHistories(hypotheses.map(({ history }) => history));
    return { timestep, hypotheses, boost: state.boost };
  }

  best({ hypotheses }: LexiconSearchState): BeamHypothesis {
    return resultOf(hypotheses.reduce((best, other) => (other.score > best.score ? other : best)));
  }

  finish(state: LexiconSearchState, count: number): readonly BeamHypothesis[] {
    const { languageModel, lmWeight } = this.#options;
    const isNice = state.hypotheses.some(({ node }) => node === ROOT);
    const candidates = this.#candidates;
    candidates.reset();
    state.hypotheses.forEach((hypothesis, parent) => {
      const { history, node, score } = hypothesis;
      if (isNice && node !== ROOT) return;
      const language = languageModel?.scoreEnd(history.languageState) ?? 0;
      const taken = state.boost?.endChange(history.boostState, node) ?? 0;
      const total = score + lmWeight * language + taken;
      if (candidates.accepts(total)) {
        candidates.add(total, history, NO_WORD, node, this.#options.silence, NO_WORD, parent);
      }
    });
    return [...candidates.survivors(true).subarray(0, count)].map((place) => ({
      ...resultOf(state.hypotheses[candidates.parents[place] as number] as Hypothesis),
      score: candidates.scores[place] as number,
    }));
  }

  #step(
    hypotheses: readonly Hypothesis[],
    frames: TopFrames,
    index: number,
    timestep: number,
    boost: BoostCredits | undefined,
  ): Hypothesis[] {
    const candidates = this.#candidates;
    candidates.reset();
    for (let parent = 0; parent < hypotheses.length; parent++) {
      const hypothesis = hypotheses[parent] as Hypothesis;
      this.#proposeChildren(hypothesis, parent, frames, index, boost);
      this.#proposeStay(hypothesis, parent);
    }
    return this.#survivors(hypotheses, timestep, boost?.table);
  }

  /** Walks the tokens of the timestep or the lexicon's next tokens, whichever are fewer. */
  #proposeChildren(
    hypothesis: Hypothesis,
    parent: number,
    frames: TopFrames,
    index: number,
    boost: BoostCredits | undefined,
  ): void {
    const { childStarts, childTokens, childNodes } = this.#trie;
    const { node } = hypothesis;
    const width = Math.min(this.#options.beamSizeToken, frames.width);
    const from = childStarts[node] as number;
    const to = childStarts[node + 1] as number;
    if (to - from <= width) {
      for (let n = from; n < to; n++) {
        const token = childTokens[n] as number;
        if (!this.#frame.isAmong(token, width)) continue;
        const acoustic = this.#frame.scoreOf(token);
        this.#proposeChild(hypothesis, parent, token, childNodes[n] as number, acoustic, boost);
      }
      return;
    }
    const first = index * frames.width;
    for (let n = first; n < first + width; n++) {
      const token = frames.tokens[n] as number;
      const child = this.#trie.child(node, token);
      if (child < 0) continue;
      this.#proposeChild(hypothesis, parent, token, child, frames.scores[n] as number, boost);
    }
  }

  /** A token that goes on with a word, ends one, or both. */
  #proposeChild(
    hypothesis: Hypothesis,
    parent: number,
    token: number,
    child: number,
    acoustic: number,
    boost: BoostCredits | undefined,
  ): void {
    const { lmWeight, blank, silence, silScore, unkScore, wordInsertionScore } = this.#options;
    const { history, node } = hypothesis;
    const trie = this.#trie;
    const candidates = this.#candidates;
    const given = trie.smeared[node] as number;
    const score = hypothesis.score + acoustic + (token === silence ? silScore : 0);
    // The same token again is a new one only after a blank.
    const isNew = hypothesis.token === blank || token !== hypothesis.token;
    if (isNew && trie.hasChildren(child)) {
      const language = (trie.smeared[child] as number) - given;
      const credit = boost?.change(history.boostState, node, child) ?? 0;
      const total = score + lmWeight * language + credit;
      if (candidates.accepts(total)) {
        candidates.add(total, history, NO_WORD, child, token, NO_WORD, parent);
      }
    }
    const labels = trie.labels(child);
    const refund = boost === undefined ? 0 : boost.refund(history.boostState, node);
    if (labels.length === 0) {
      if (unkScore === -Infinity) return;
      const total = score + unkScore + refund;
      return this.#proposeWord(total, history, token, this.#unknown, parent, given, boost);
    }
    // A word of one token that lasts is still one word.
    if (node === ROOT && hypothesis.token === token) return;
    for (const label of labels) {
      const total = score + wordInsertionScore + refund;
      this.#proposeWord(total, history, token, label, parent, given, boost);
    }
  }

  #proposeWord(
    score: number,
    history: HistoryNode,
    token: number,
    label: number,
    parent: number,
    given: number,
    boost: BoostCredits | undefined,
  ): void {
    const { lmWeight } = this.#options;
    const candidates = this.#candidates;
    const known = history.children?.get(label);
    const boosted =
      boost === undefined
        ? 0
        : (known?.boostChange ?? boost.wordChange(history.boostState, this.#textOf(label)));
    const without = score + boosted - lmWeight * given;
    // Log-probabilities only lower it; most proposals need not ask the language model.
    if (lmWeight >= 0 && !candidates.accepts(without)) return;
    const language = known?.languageScore ?? this.#languageScore(history, label);
    const total = without + lmWeight * language;
    if (!candidates.accepts(total)) return;
    const pending = known === undefined ? label : NO_WORD;
    candidates.add(total, known ?? history, pending, ROOT, token, label, parent);
  }

  /** An unknown word is proposed by token after token: its score is looked up once a history. */
  #languageScore(history: HistoryNode, label: number): number {
    if (label !== this.#unknown) return languageScoreOf(this.#source, history, label);
    if (this.#unknownAfter !== history) {
      this.#unknownAfter = history;
      this.#unknownScore = languageScoreOf(this.#source, history, label);
    }
    return this.#unknownScore;
  }

  #textOf(label: number): string {
    return this.#source.texts[label] as string;
  }

  /** Nothing new: the same token goes on (between words: silence), or a blank. */
  #proposeStay(hypothesis: Hypothesis, parent: number): void {
    const { blank, silence, silScore } = this.#options;
    const { history, node } = hypothesis;
    const candidates = this.#candidates;
    const token = node === ROOT ? silence : hypothesis.token;
    if ((node === ROOT || hypothesis.token !== blank) && token >= 0) {
      const score =
        hypothesis.score + this.#frame.scoreOf(token) + (token === silence ? silScore : 0);
      if (candidates.accepts(score)) {
        candidates.add(score, history, NO_WORD, node, token, NO_WORD, parent);
      }
    }
    const score = hypothesis.score + this.#frame.blankScore;
    if (candidates.accepts(score))
      candidates.add(score, history, NO_WORD, node, blank, NO_WORD, parent);
  }

  #survivors(
    hypotheses: readonly Hypothesis[],
    timestep: number,
    boost: BoostTable | undefined,
  ): Hypothesis[] {
    const candidates = this.#candidates;
    const survivors: Hypothesis[] = [];
    for (const place of candidates.survivors(false)) {
      const parent = hypotheses[candidates.parents[place] as number] as Hypothesis;
      const near = candidates.histories[place] as HistoryNode;
      const label = candidates.pending[place] as number;
      const history = label === NO_WORD ? near : extendHistory(this.#source, near, label, boost);
      survivors.push(this.#survivor(parent, place, timestep, history));
    }
    return survivors;
  }

  #survivor(parent: Hypothesis, place: number, timestep: number, history: HistoryNode): Hypothesis {
    const candidates = this.#candidates;
    const token = candidates.tokens[place] as number;
    const word = candidates.words[place] as number;
    const node = candidates.lexiconNodes[place] as number;
    const acoustic = this.#frame.scoreOf(token);
    const begins = parent.node === ROOT;
    const start = begins ? timestep : parent.start;
    const speaks = token !== this.#options.blank && !(node === ROOT && word === NO_WORD);
    const tokenSum = (begins ? 0 : parent.tokenSum) + (speaks ? acoustic : 0);
    const tokenCount = (begins ? 0 : parent.tokenCount) + (speaks ? 1 : 0);
    return {
      score: candidates.scores[place] as number,
      acousticScore: parent.acousticScore + acoustic,
      history,
      node,
      token,
      words:
        word === NO_WORD
          ? parent.words
          : {
              value: {
                text: this.#textOf(word),
                start,
                end: timestep + 1,
                score: tokenSum / tokenCount,
              },
              before: parent.words,
            },
      start,
      tokenSum,
      tokenCount,
    };
  }
}
