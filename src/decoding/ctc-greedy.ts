/**
 * Greedy CTC: repeated tokens and blanks are taken out of the most probable token of each
 * timestep. The state carries a run of one token over the border of two windows, so that windows
 * one after the other give what one long window gives.
 *
 * Graves et al., "Connectionist temporal classification", 2006.
 */

/** A token that was spoken: one run of equal most-probable tokens. */
export interface CtcToken {
  readonly id: number;
  /** First timestep of the run, counted from the start of the stream. */
  readonly start: number;
  /** Timestep after the run. */
  readonly end: number;
  /** Sum of the natural log-probabilities over the run. */
  readonly scoreSum: number;
}

/** What is remembered of one stream. */
export interface CtcGreedyState {
  /** Most probable token of the timestep before. */
  last: number;
  tokens: CtcToken[];
}

/** The most probable tokens of one window of the stream. */
export interface CtcFrames {
  /** Place of the window's first timestep in the stream. */
  readonly offset: number;
  readonly tokens: Int32Array;
  /** Natural log-probabilities of `tokens`. */
  readonly scores: Float32Array;
}

export function openCtcGreedy(blank: number): CtcGreedyState {
  return { last: blank, tokens: [] };
}

/** A second state that goes on from here and leaves this one as it is: for provisional frames. */
export function forkCtcGreedy(state: CtcGreedyState): CtcGreedyState {
  return { last: state.last, tokens: [...state.tokens] };
}

export interface CtcRange {
  /** First timestep within the window. */
  readonly from: number;
  /** Timestep after the last one within the window. */
  readonly to: number;
  /** The id that means "nothing here". */
  readonly blank: number;
}

/** Takes the timesteps of the range into the state. */
export function collapseCtc(
  state: CtcGreedyState,
  frames: CtcFrames,
  { from, to, blank }: CtcRange,
): void {
  for (let index = from; index < to; index++) {
    const id = frames.tokens[index] as number;
    const score = frames.scores[index] as number;
    const start = frames.offset + index;
    const running = state.tokens.at(-1);
    if (id !== blank && id !== state.last) {
      state.tokens.push({ id, start, end: start + 1, scoreSum: score });
    } else if (id !== blank && running?.end === start) {
      // The run goes on. (Where its token was given out already, the rest of it is dropped.)
      state.tokens[state.tokens.length - 1] = {
        ...running,
        end: start + 1,
        scoreSum: running.scoreSum + score,
      };
    }
    state.last = id;
  }
}
