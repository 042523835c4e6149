/**
 * The beam search of flashlight-text without a lexicon: any sequence of tokens, scored by a
 * language model over tokens. Steps, pruning and merging are the original's (LexiconFreeDecoder,
 * CTC criterion), but that the blank is always considered.
 */
import type { LanguageModel } from "../../language-model/language-model.ts";
import type { CtcToken } from "../ctc-greedy.ts";
import { linkedValues, type BeamDecoder, type BeamHypothesis, type Link } from "./beam-decoder.ts";
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

export interface TokenSearchOptions extends Pruning {
  /** All tokens by id, without the blank, as the language model spells them. */
  readonly tokens: readonly string[];
  readonly blank: number;
  /** -1: there is none. */
  readonly silence: number;
  readonly languageModel?: LanguageModel | undefined;
  readonly beamSizeToken: number;
  readonly lmWeight: number;
  readonly silScore: number;
}

interface Hypothesis {
  readonly score: number;
  readonly acousticScore: number;
  readonly history: HistoryNode;
  readonly token: number;
  readonly spoken: Link<CtcToken> | undefined;
}

export interface TokenSearchState {
  readonly timestep: number;
  readonly hypotheses: readonly Hypothesis[];
}

/** There is no lexicon to stand in. */
const NO_NODE = 0;
/** What a candidate does: a new token, or nothing new. */
const NEW_TOKEN = 1;
const SAME_TOKEN = 0;
const NOTHING_PENDING = -1;

export class TokenSearch implements BeamDecoder<TokenSearchState> {
  readonly #options: TokenSearchOptions;
  readonly #source: HistorySource;
  readonly #candidates: Candidates;
  readonly #frame: FrameScores;

  constructor(options: TokenSearchOptions) {
    this.#options = options;
    const { tokens, languageModel } = options;
    this.#source = {
      languageModel,
      texts: tokens,
      languageIds: Int32Array.from(tokens, (token) => languageModel?.wordId(token) ?? 0),
    };
    this.#candidates = new Candidates(options);
    this.#frame = new FrameScores(tokens.length + 1, options.blank);
  }

  /** Boosts are for words, which this search does not know: they are without effect. */
  open({ timestep = 0 }: { readonly timestep?: number } = {}): TokenSearchState {
    const hypothesis: Hypothesis = {
      score: 0,
      acousticScore: 0,
      history: openHistory(this.#source),
      token: this.#options.silence,
      spoken: undefined,
    };
    return { timestep, hypotheses: [hypothesis] };
  }

  push(
    state: TokenSearchState,
    frames: TopFrames,
    range = { from: 0, to: frames.blankScores.length },
  ): TokenSearchState {
    let { timestep, hypotheses } = state;
    for (let index = range.from; index < range.to; index++) {
      this.#frame.load(frames, index);
      hypotheses = this.#step(hypotheses, frames, index, timestep++);
    }
    forgetDeadHistories(hypotheses.map(({ history }) => history));
    return { timestep, hypotheses };
  }

  best({ hypotheses }: TokenSearchState): BeamHypothesis {
    return resultOf(hypotheses.reduce((best, other) => (other.score > best.score ? other : best)));
  }

  finish({ hypotheses }: TokenSearchState, count: number): readonly BeamHypothesis[] {
    const { languageModel, lmWeight, silence } = this.#options;
    const candidates = this.#candidates;
    candidates.reset();
    hypotheses.forEach(({ score, history }, parent) => {
      const language = languageModel?.scoreEnd(history.languageState) ?? 0;
      const total = score + lmWeight * language;
      if (!candidates.accepts(total)) return;
      candidates.add(total, history, NOTHING_PENDING, NO_NODE, silence, SAME_TOKEN, parent);
    });
    return [...candidates.survivors(true).subarray(0, count)].map((place) => ({
      ...resultOf(hypotheses[candidates.parents[place] as number] as Hypothesis),
      score: candidates.scores[place] as number,
    }));
  }

  #step(
    hypotheses: readonly Hypothesis[],
    frames: TopFrames,
    index: number,
    timestep: number,
  ): Hypothesis[] {
    const { blank, beamSizeToken } = this.#options;
    const candidates = this.#candidates;
    candidates.reset();
    const width = Math.min(beamSizeToken, frames.width);
    const first = index * frames.width;
    for (let parent = 0; parent < hypotheses.length; parent++) {
      const hypothesis = hypotheses[parent] as Hypothesis;
      for (let n = first; n < first + width; n++) {
        const token = frames.tokens[n] as number;
        if (token !== blank) this.#propose(hypothesis, parent, token, frames.scores[n] as number);
      }
      this.#proposeSame(hypothesis, parent, blank, hypothesis.score + this.#frame.blankScore);
    }
    return Array.from(candidates.survivors(false), (place) => {
      const parent = hypotheses[candidates.parents[place] as number] as Hypothesis;
      return this.#survivor(parent, place, timestep);
    });
  }

  #propose(hypothesis: Hypothesis, parent: number, token: number, acoustic: number): void {
    const { lmWeight, silence, silScore } = this.#options;
    const candidates = this.#candidates;
    const score = hypothesis.score + acoustic + (token === silence ? silScore : 0);
    if (token === hypothesis.token) return this.#proposeSame(hypothesis, parent, token, score);
    const { history } = hypothesis;
    // Log-probabilities only lower it; most proposals need not ask the language model.
    if (lmWeight >= 0 && !candidates.accepts(score)) return;
    const known = history.children?.get(token);
    const language = known?.languageScore ?? languageScoreOf(this.#source, history, token);
    const total = score + lmWeight * language;
    if (!candidates.accepts(total)) return;
    const pending = known === undefined ? token : NOTHING_PENDING;
    candidates.add(total, known ?? history, pending, NO_NODE, token, NEW_TOKEN, parent);
  }

  /** Nothing new: the token goes on, or a blank. */
  #proposeSame(hypothesis: Hypothesis, parent: number, token: number, score: number): void {
    if (!this.#candidates.accepts(score)) return;
    const { history } = hypothesis;
    this.#candidates.add(score, history, NOTHING_PENDING, NO_NODE, token, SAME_TOKEN, parent);
  }

  #survivor(parent: Hypothesis, place: number, timestep: number): Hypothesis {
    const candidates = this.#candidates;
    const token = candidates.tokens[place] as number;
    const near = candidates.histories[place] as HistoryNode;
    const label = candidates.pending[place] as number;
    const acoustic = this.#frame.scoreOf(token);
    const isNew = candidates.words[place] === NEW_TOKEN;
    const goesOn = !isNew && token !== this.#options.blank;
    return {
      score: candidates.scores[place] as number,
      acousticScore: parent.acousticScore + acoustic,
      history:
        label === NOTHING_PENDING ? near : extendHistory(this.#source, near, label, undefined),
      token,
      spoken: isNew
        ? {
            value: { id: token, start: timestep, end: timestep + 1, scoreSum: acoustic },
            before: parent.spoken,
          }
        : goesOn
          ? lengthened(parent.spoken, timestep, acoustic)
          : parent.spoken,
    };
  }
}

/** The last token lasts one timestep longer. */
function lengthened(
  spoken: Link<CtcToken> | undefined,
  timestep: number,
  acoustic: number,
): Link<CtcToken> | undefined {
  // Silence before the first token is none.
  if (spoken === undefined) return undefined;
  const { value, before } = spoken;
  const scoreSum = value.scoreSum + acoustic;
  return { value: { ...value, end: timestep + 1, scoreSum }, before };
}

function resultOf({ spoken, score, acousticScore }: Hypothesis): BeamHypothesis {
  return { words: [], tokens: linkedValues(spoken), score, acousticScore };
}
