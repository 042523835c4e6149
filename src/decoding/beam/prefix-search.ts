/**
 * CTC prefix beam search with shallow fusion, as pyctcdecode does it (and OpenSeq2Seq's decoder,
 * Riva's `os2s`, before): no lexicon; words are what stands between separators, and the language
 * model scores each word when it is complete.
 */
import {
  linkedValues,
  type BeamDecoder,
  type BeamHypothesis,
  type BeamWord,
  type Link,
} from "./beam-decoder.ts";
import type { BoostTable } from "./boost.ts";
import { FrameScores, type TopFrames } from "./frames.ts";
import {
  PrefixFusion,
  type BegunWord,
  type FusionOptions,
  type Sentence,
} from "./prefix-fusion.ts";
import { logAdd, PrefixCandidates } from "./prefix-candidates.ts";
import { selectBest } from "./select.ts";
import { tokenTexts, type TokenKind, type TokenTexts } from "./token-texts.ts";

export interface PrefixSearchOptions extends FusionOptions {
  /** Tokens by id, without the blank. */
  readonly tokens: readonly string[];
  readonly kind: TokenKind;
  readonly blank: number;
  readonly beamWidth: number;
  /** Natural logarithm, negative: beams worse than the best by more are dropped. */
  readonly beamPruneLogProbability: number;
  /** Tokens less probable than this are skipped, but for the most probable one. */
  readonly tokenMinLogProbability: number;
  /** Of beams that differ only in words too long ago to matter, keep the best. */
  readonly pruneHistory: boolean;
}

interface Beam {
  readonly sentence: Sentence;
  readonly begun: BegunWord;
  /** Token of the last timestep, -1 before the first. */
  readonly token: number;
  /** Natural log-probability of all paths that give this prefix. */
  readonly acousticScore: number;
  /** With the words' scores. */
  readonly score: number;
  readonly words: Link<BeamWord> | undefined;
  /** Of the begun word: first timestep, the one after its last token, its tokens' scores. */
  readonly start: number;
  readonly end: number;
  readonly tokenSum: number;
  readonly tokenCount: number;
}

export interface PrefixSearchState {
  readonly timestep: number;
  readonly beams: readonly Beam[];
  readonly boost: BoostTable | undefined;
}

export class PrefixSearch implements BeamDecoder<PrefixSearchState> {
  readonly #options: PrefixSearchOptions;
  readonly #fusion: PrefixFusion;
  readonly #tokens: TokenTexts;
  readonly #frame: FrameScores;
  readonly #candidates = new PrefixCandidates();

  constructor(options: PrefixSearchOptions) {
    this.#options = options;
    this.#fusion = new PrefixFusion(options);
    this.#tokens = tokenTexts(options.tokens, options.kind);
    this.#frame = new FrameScores(options.tokens.length + 1, options.blank);
  }

  open({ timestep = 0, boost }: { timestep?: number; boost?: BoostTable } = {}): PrefixSearchState {
    const beam: Beam = {
      sentence: this.#fusion.open(),
      begun: this.#fusion.begin(""),
      token: -1,
      acousticScore: 0,
      score: 0,
      words: undefined,
      start: timestep,
      end: timestep,
      tokenSum: 0,
      tokenCount: 0,
    };
    return { timestep, beams: [beam], boost: boost?.isEmpty === true ? undefined : boost };
  }

  push(
    state: PrefixSearchState,
    frames: TopFrames,
    range = { from: 0, to: frames.blankScores.length },
  ): PrefixSearchState {
    let { timestep } = state;
    this.#fusion.forget(state.beams.map(({ sentence }) => sentence));
    let beams: readonly Beam[] = state.beams.map((beam) => ({
      ...beam,
      begun: this.#fusion.begin(beam.begun.text),
    }));
    for (let index = range.from; index < range.to; index++) {
      this.#frame.load(frames, index);
      beams = this.#step(beams, this.#consider(frames, index), timestep++, state.boost);
    }
    return { ...state, timestep, beams };
  }

  best({ beams }: PrefixSearchState): BeamHypothesis {
    const best = beams.reduce((first, other) => (other.score > first.score ? other : first));
    return resultOf(best, best.acousticScore, best.score);
  }

  finish({ beams, boost }: PrefixSearchState, count: number): readonly BeamHypothesis[] {
    const endings = new Map<Sentence, { beam: Beam; acoustic: number }>();
    for (const beam of beams) {
      const { sentence, begun, acousticScore } = beam;
      const last = begun.text === "" ? sentence : this.#fusion.extend(sentence, begun.text, boost);
      const known = endings.get(last);
      const acoustic = known === undefined ? acousticScore : logAdd(known.acoustic, acousticScore);
      endings.set(last, { beam, acoustic });
    }
    return [...endings.values()]
      .map(({ beam, acoustic }) => {
        const language = this.#fusion.endScore(beam.sentence, beam.begun.text, boost);
        return resultOf(beam, acoustic, acoustic + language);
      })
      .sort((a, b) => b.score - a.score)
      .slice(0, count);
  }

  /** Tokens worth following, in order of their ids. */
  #consider(frames: TopFrames, index: number): number[] {
    const { blank, tokenMinLogProbability } = this.#options;
    const first = index * frames.width;
    const considered: number[] = [];
    for (let n = first; n < first + frames.width; n++) {
      const isBest = n === first && (frames.scores[n] as number) >= this.#frame.blankScore;
      const token = frames.tokens[n] as number;
      if (token === blank) continue;
      if (isBest || (frames.scores[n] as number) >= tokenMinLogProbability) considered.push(token);
    }
    const { blankScore } = this.#frame;
    if (blankScore >= tokenMinLogProbability || considered.length === 0) considered.push(blank);
    return considered.sort((a, b) => a - b);
  }

  #step(
    beams: readonly Beam[],
    tokens: readonly number[],
    timestep: number,
    boost: BoostTable | undefined,
  ): readonly Beam[] {
    const candidates = this.#candidates;
    candidates.reset();
    beams.forEach((beam, parent) => this.#propose(beam, parent, tokens, boost));
    this.#score(boost);
    return this.#survivors(beams, timestep);
  }

  #propose(
    beam: Beam,
    parent: number,
    tokens: readonly number[],
    boost: BoostTable | undefined,
  ): void {
    const { sentence, begun } = beam;
    const candidates = this.#candidates;
    let ended: Sentence | undefined;
    for (const token of tokens) {
      const acoustic = beam.acousticScore + this.#frame.scoreOf(token);
      if (token === this.#options.blank || token === beam.token) {
        candidates.add(sentence, begun, token, acoustic, parent);
        continue;
      }
      const letters = this.#tokens.texts[token] as string;
      if (this.#tokens.begins[token] === 0) {
        const longer = this.#fusion.lengthen(begun, token, letters);
        candidates.add(sentence, longer, token, acoustic, parent);
        continue;
      }
      ended ??= begun.text === "" ? sentence : this.#fusion.extend(sentence, begun.text, boost);
      candidates.add(ended, this.#fusion.begin(letters), token, acoustic, parent);
    }
  }

  #score(boost: BoostTable | undefined): void {
    const { scores, acoustic, sentences, begun, count } = this.#candidates;
    for (let n = 0; n < count; n++) {
      const sentence = sentences[n] as Sentence;
      const word = begun[n] as BegunWord;
      const gain = boost === undefined ? 0 : this.#fusion.boostOf(sentence, word.text, boost);
      // Who may be on the way to a boosted word is not punished for being unknown.
      scores[n] = (acoustic[n] as number) + sentence.score + (gain > 0 ? gain : word.penalty);
    }
  }

  #survivors(beams: readonly Beam[], timestep: number): readonly Beam[] {
    const { beamWidth, beamPruneLogProbability, pruneHistory } = this.#options;
    const { scores, count, parents } = this.#candidates;
    let best = -Infinity;
    for (let n = 0; n < count; n++) best = Math.max(best, scores[n] as number);
    const near: number[] = [];
    for (let n = 0; n < count; n++) {
      if ((scores[n] as number) >= best + beamPruneLogProbability) near.push(n);
    }
    const kept = selectBest(Int32Array.from(near), scores, beamWidth).sort(
      (a, b) => (scores[b] as number) - (scores[a] as number) || a - b,
    );
    const survivors = Array.from(kept, (n) =>
      this.#survivor(beams[parents[n] as number] as Beam, n, timestep),
    );
    if (!pruneHistory) return survivors;
    return withoutTwins(survivors, Math.max(1, (this.#options.languageModel?.order ?? 1) - 1));
  }

  #survivor(parent: Beam, n: number, timestep: number): Beam {
    const candidates = this.#candidates;
    const token = candidates.tokens[n] as number;
    const begun = candidates.begun[n] as BegunWord;
    const acoustic = this.#frame.scoreOf(token);
    const isBlank = token === this.#options.blank;
    const begins = !isBlank && token !== parent.token && this.#tokens.begins[token] !== 0;
    const goesOn = isBlank || (!begins && parent.begun.text !== "");
    const isSpoken = !isBlank && begun.text !== "";
    return {
      sentence: candidates.sentences[n] as Sentence,
      begun,
      token,
      acousticScore: candidates.acoustic[n] as number,
      score: candidates.scores[n] as number,
      words: begins ? closed(parent) : parent.words,
      start: goesOn ? parent.start : timestep,
      end: isBlank ? parent.end : timestep + 1,
      tokenSum: (goesOn ? parent.tokenSum : 0) + (isSpoken ? acoustic : 0),
      tokenCount: (goesOn ? parent.tokenCount : 0) + (isSpoken ? 1 : 0),
    };
  }
}

/** The first of those whose future is the same: the last `memory` words, and what has begun. */
function withoutTwins(beams: readonly Beam[], memory: number): readonly Beam[] {
  const seen = new Set<string>();
  return beams.filter(({ words, begun, token }) => {
    let key = `${begun.id} ${token}`;
    let link = words;
    for (let n = 0; n < memory && link !== undefined; n++) {
      key += ` ${link.value.text}`;
      link = link.before;
    }
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The words with the begun one as the last. */
function closed({ words, begun, start, end, tokenSum, tokenCount }: Beam): Beam["words"] {
  if (begun.text === "") return words;
  const score = tokenCount === 0 ? 0 : tokenSum / tokenCount;
  return { value: { text: begun.text, start, end, score }, before: words };
}

function resultOf(beam: Beam, acousticScore: number, score: number): BeamHypothesis {
  return { words: linkedValues(closed(beam)), tokens: [], score, acousticScore };
}
