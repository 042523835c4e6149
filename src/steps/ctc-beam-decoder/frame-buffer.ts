/**
 * The newest settled timesteps of a stream: an utterance is noticed only after it has begun, and
 * its end is known later still.
 */
import type { TopFrames } from "../../decoding/beam/frames.ts";

/** Frames of consecutive timesteps from `start` on. */
interface Block {
  readonly start: number;
  readonly frames: TopFrames;
}

export class FrameBuffer {
  #blocks: Block[] = [];

  /** Timesteps `from` to `to` of the window's frames, copied: the window is gone after its request. */
  append(start: number, frames: TopFrames, from: number, to: number): void {
    if (to > from) this.#blocks.push({ start, frames: sliceFrames(frames, from, to) });
  }

  /** For timesteps that the model owes. */
  appendBlanks(start: number, count: number, blank: number): void {
    const frames = {
      width: 1,
      tokens: new Int32Array(count).fill(blank),
      scores: new Float32Array(count),
      blankScores: new Float32Array(count),
    };
    this.#blocks.push({ start, frames });
  }

  /** First timestep that is held; `otherwise` if none is. */
  first(otherwise: number): number {
    return this.#blocks[0]?.start ?? otherwise;
  }

  /** Forgets timesteps before this one, whole blocks only. */
  dropBefore(timestep: number): void {
    const kept = this.#blocks.findIndex((block) => endOf(block) > timestep);
    if (kept !== 0) this.#blocks = kept < 0 ? [] : this.#blocks.slice(kept);
  }

  /** Calls `visit` with the pieces of the stream from `from` to `to`. */
  visit(
    from: number,
    to: number,
    visit: (frames: TopFrames, range: { from: number; to: number }) => void,
  ): void {
    for (const block of this.#blocks) {
      const first = Math.max(from, block.start);
      const end = Math.min(to, endOf(block));
      if (first < end) visit(block.frames, { from: first - block.start, to: end - block.start });
    }
  }

  /** The timestep after the last one whose most probable token is not the blank; at least `from`. */
  spokenEnd(from: number, blank: number): number {
    for (let n = this.#blocks.length - 1; n >= 0; n--) {
      const { start, frames } = this.#blocks[n] as Block;
      for (let index = frames.blankScores.length - 1; index >= 0; index--) {
        if (start + index < from) return from;
        if (frames.tokens[index * frames.width] !== blank) return start + index + 1;
      }
    }
    return from;
  }
}

const endOf = ({ start, frames }: Block): number => start + frames.blankScores.length;

function sliceFrames({ width, ...frames }: TopFrames, from: number, to: number): TopFrames {
  return {
    width,
    tokens: frames.tokens.slice(from * width, to * width),
    scores: frames.scores.slice(from * width, to * width),
    blankScores: frames.blankScores.slice(from, to),
  };
}
