/**
 * What a beam search gets of the acoustic model: of each timestep the most probable tokens and
 * the blank, never the whole matrix (the graph reduces it, see decision 3 of the architecture).
 */
import { assert } from "../../errors/tool-error.ts";

export interface TopFrames {
  /** Tokens of a timestep. */
  readonly width: number;
  /** [timesteps, width], the most probable first; the blank may be among them. */
  readonly tokens: Int32Array;
  /** [timesteps, width] natural log-probabilities of `tokens`. */
  readonly scores: Float32Array;
  /** [timesteps] natural log-probabilities of the blank. */
  readonly blankScores: Float32Array;
}

/** A range of timesteps within the frames. */
export interface FrameRange {
  readonly from: number;
  readonly to: number;
}

/** Below this share of the probability a token outside of the top is as good as impossible. */
const SMALLEST_REST = 1e-10;

/** The scores of one timestep by token; reused from one to the next. */
export class FrameScores {
  readonly #scores: Float64Array;
  /** Timestep at which a score was set, so that nothing need be cleared. */
  readonly #stamps: Int32Array;
  /** Place among the most probable, where the stamp is of now. */
  readonly #ranks: Int32Array;
  readonly #blank: number;
  #stamp = 0;
  /** Of a token outside of the top. */
  #rest = -Infinity;
  blankScore = 0;

  constructor(vocabularySize: number, blank: number) {
    this.#scores = new Float64Array(vocabularySize);
    this.#stamps = new Int32Array(vocabularySize).fill(-1);
    this.#ranks = new Int32Array(vocabularySize);
    this.#blank = blank;
  }

  load(frames: TopFrames, timestep: number): void {
    this.#stamp = (this.#stamp + 1) & 0x7fffffff;
    let mass = 0;
    const start = timestep * frames.width;
    for (let n = start; n < start + frames.width; n++) {
      const token = frames.tokens[n] as number;
      const score = frames.scores[n] as number;
      assert(token >= 0 && token < this.#scores.length, `token ${token} is not in the vocabulary`);
      mass += this.#set(token, score);
      this.#ranks[token] = n - start;
    }
    this.blankScore = frames.blankScores[timestep] as number;
    if (this.#stamps[this.#blank] !== this.#stamp) {
      mass += this.#set(this.#blank, this.blankScore);
      this.#ranks[this.#blank] = frames.width;
    }
    this.#rest = this.#restScore(frames, start, mass);
  }

  /** Natural log-probability; of a token outside of the top: what is left, shared evenly. */
  scoreOf(token: number): number {
    return this.#stamps[token] === this.#stamp ? (this.#scores[token] as number) : this.#rest;
  }

  /** True for one of the `width` most probable tokens. */
  isAmong(token: number, width: number): boolean {
    return this.#stamps[token] === this.#stamp && (this.#ranks[token] as number) < width;
  }

  #set(token: number, score: number): number {
    this.#scores[token] = score;
    this.#stamps[token] = this.#stamp;
    return Math.exp(score);
  }

  #restScore(frames: TopFrames, start: number, mass: number): number {
    const others = this.#scores.length - frames.width;
    if (others <= 0) return -Infinity;
    const even = Math.log(Math.max(1 - mass, SMALLEST_REST) / others);
    const lowest = frames.scores[start + frames.width - 1] ?? Infinity;
    return Math.min(even, lowest);
  }
}

/** The top of a whole matrix: for tests, and for graphs that were built without the reduction. */
export function topFrames(
  logProbabilities: Float32Array,
  options: { readonly vocabularySize: number; readonly width: number; readonly blank: number },
): TopFrames {
  const { vocabularySize, blank } = options;
  const width = Math.min(options.width, vocabularySize);
  const timesteps = logProbabilities.length / vocabularySize;
  const tokens = new Int32Array(timesteps * width);
  const scores = new Float32Array(timesteps * width);
  const blankScores = new Float32Array(timesteps);
  for (let timestep = 0; timestep < timesteps; timestep++) {
    const row = logProbabilities.subarray(
      timestep * vocabularySize,
      (timestep + 1) * vocabularySize,
    );
    const order = Array.from(row.keys()).sort(
      (a, b) => (row[b] as number) - (row[a] as number) || a - b,
    );
    for (let n = 0; n < width; n++) {
      tokens[timestep * width + n] = order[n] as number;
      scores[timestep * width + n] = row[order[n] as number] as number;
    }
    blankScores[timestep] = row[blank] as number;
  }
  return { width, tokens, scores, blankScores };
}
