/**
 * What the three beam searches have in common. A state is a value: `push` returns a new one and
 * leaves the old one as it is, so provisional timesteps (the right padding of a window) are
 * pushed onto a state that is then forgotten, and a fork costs nothing. A state holds at most a
 * beam of hypotheses; of the past only the words or tokens of those that live.
 */
import type { CtcToken } from "../ctc-greedy.ts";
import type { BoostTable } from "./boost.ts";
import type { FrameRange, TopFrames } from "./frames.ts";

/** A word with its place on the grid of timesteps, as `ctcText` gives words. */
export interface BeamWord {
  readonly text: string;
  /** First timestep of its first token, counted from the start of the stream. */
  readonly start: number;
  /** Timestep after its last token. */
  readonly end: number;
  /** Mean natural log-probability of the timesteps that gave its tokens. */
  readonly score: number;
}

export interface BeamHypothesis {
  readonly words: readonly BeamWord[];
  /** Filled only by the search without a lexicon: the tokens, from which `ctcText` makes words. */
  readonly tokens: readonly CtcToken[];
  /** What the search maximises. */
  readonly score: number;
  /** Sum of the natural log-probabilities of the acoustic model. */
  readonly acousticScore: number;
}

export interface OpenOptions {
  /** Number that the first timestep has in the stream. */
  readonly timestep?: number;
  /** Words and phrases of this request. */
  readonly boost?: BoostTable;
}

export interface BeamDecoder<State> {
  open(options?: OpenOptions): State;
  /** The state after the timesteps of the range (all by default). */
  push(state: State, frames: TopFrames, range?: FrameRange): State;
  /**
   * The best hypothesis so far, as if the speaker went on. The search with a lexicon gives
   * complete words only, the others also what has begun.
   */
  best(state: State): BeamHypothesis;
  /** The best hypotheses if nothing follows, best first, at least one. */
  finish(state: State, count: number): readonly BeamHypothesis[];
}

/** A list from the newest to the oldest, whose tail many hypotheses share. */
export interface Link<T> {
  readonly value: T;
  readonly before: Link<T> | undefined;
}

/** The values from the oldest to the newest. */
export function linkedValues<T>(last: Link<T> | undefined): T[] {
  const values: T[] = [];
  for (let link = last; link !== undefined; link = link.before) values.push(link.value);
  return values.reverse();
}
