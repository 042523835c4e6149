/**
 * Beam search over the utterances of a stream. What an utterance gives depends on its timesteps
 * only, not on how they came: the search goes on to the last token that was heard, and looks at
 * what follows it (silence, provisional timesteps) on a state that is forgotten again.
 */
import type { BeamDecoder, BeamHypothesis } from "../../decoding/beam/beam-decoder.ts";
import type { BoostTable } from "../../decoding/beam/boost.ts";
import type { TopFrames } from "../../decoding/beam/frames.ts";
import { FrameBuffer } from "./frame-buffer.ts";

/** An utterance that is running. `S`: the search's state. */
interface Running<S> {
  readonly start: number;
  /** Timestep after the last that the search has seen. */
  readonly decoded: number;
  readonly search: S;
}

/** What is remembered of one stream. */
export interface UtteranceState<S> {
  readonly buffer: FrameBuffer;
  /** Timestep of the stream after the last that settled. */
  next: number;
  running: Running<S> | undefined;
  boost: BoostTable | undefined;
}

export function openUtterances<S>(): UtteranceState<S> {
  return { buffer: new FrameBuffer(), next: 0, running: undefined, boost: undefined };
}

/** Timesteps of a window that have not settled. */
export interface Provisional {
  readonly frames: TopFrames;
  /** Place of the window in the stream. */
  readonly offset: number;
  readonly from: number;
  readonly to: number;
}

export interface UtteranceSettings {
  readonly blank: number;
  /** Timesteps that are kept for an utterance that is noticed late. */
  readonly historySteps: number;
  readonly alternatives: number;
}

export class UtteranceDecoder<S> {
  readonly #decoder: BeamDecoder<S>;
  readonly #settings: UtteranceSettings;

  constructor(decoder: BeamDecoder<S>, settings: UtteranceSettings) {
    this.#decoder = decoder;
    this.#settings = settings;
  }

  /** The best hypotheses of an utterance that has ended; the state forgets it. */
  finish(state: UtteranceState<S>, start: number, end: number): readonly BeamHypothesis[] {
    const { search } = this.#advance(state, this.#at(state, start), end);
    state.running = undefined;
    state.buffer.dropBefore(end);
    return this.#decoder.finish(search, this.#settings.alternatives);
  }

  /** The best hypothesis of the running utterance, provisional timesteps included. */
  preview(state: UtteranceState<S>, start: number, provisional: Provisional): BeamHypothesis {
    const { frames, offset, to } = provisional;
    const running = this.#heard(state, this.#at(state, start));
    if (start < state.next) state.running = running;
    const settled = this.#advance(state, running, state.next).search;
    const from = Math.max(provisional.from, start - offset);
    if (from >= to) return this.#decoder.best(settled);
    return this.#decoder.best(this.#decoder.push(settled, frames, { from, to }));
  }

  /** Lets go what no utterance can reach any more. */
  forget(state: UtteranceState<S>): void {
    const oldest = state.next - this.#settings.historySteps;
    state.buffer.dropBefore(Math.min(oldest, state.running?.decoded ?? oldest));
  }

  /** The running utterance if it is this one; else it is begun with what is still there. */
  #at({ running, buffer, next, boost }: UtteranceState<S>, start: number): Running<S> {
    if (running?.start === start) return running;
    const timestep = Math.max(start, start < next ? buffer.first(start) : start);
    const search = this.#decoder.open({ timestep, ...(boost === undefined ? {} : { boost }) });
    return { start, decoded: timestep, search };
  }

  /** Up to the last token; blanks wait, for the utterance may have ended with it. */
  #heard(state: UtteranceState<S>, running: Running<S>): Running<S> {
    const spoken = state.buffer.spokenEnd(running.decoded, this.#settings.blank);
    // A silence that never ends an utterance must not fill the memory.
    const latest = Math.max(spoken, state.next - this.#settings.historySteps);
    return this.#advance(state, running, latest);
  }

  #advance(state: UtteranceState<S>, running: Running<S>, to: number): Running<S> {
    let { search } = running;
    if (to <= running.decoded) return running;
    state.buffer.visit(running.decoded, to, (frames, range) => {
      search = this.#decoder.push(search, frames, range);
    });
    return { ...running, decoded: to, search };
  }
}
