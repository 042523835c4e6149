/**
 * Where a spectrogram is cut. The vocoder sees each chunk with as many frames before and after it
 * as a sample of its output depends on, so what it makes of the chunk is what it would make of the
 * whole; the audio of the frames around is thrown away.
 */

export interface ChunkLengths {
  /** Most frames of a chunk. */
  readonly most: number;
  /** Frames of the stream's first chunk, for an early start; each next one may be twice as long. */
  readonly first: number;
}

export interface Context {
  /** Frames before and after a chunk that its audio depends on. */
  readonly left: number;
  readonly right: number;
}

export interface ChunkPlan {
  /** Frames for the vocoder. */
  readonly from: number;
  readonly to: number;
  /** Frames whose audio counts. */
  readonly start: number;
  readonly end: number;
}

/** The chunk of a spectrogram of `frames` frames that begins at `start`. */
export function planChunk(
  start: number,
  frames: number,
  length: number,
  { left, right }: Context,
): ChunkPlan {
  const rest = frames - start;
  if (rest <= 0) return { from: frames, to: frames, start: frames, end: frames };
  // what is left over must be worth a run of its own: the vocoder would mostly see context
  const isAll = rest <= length + left + right;
  const end = isAll ? frames : start + length;
  return { from: Math.max(0, start - left), to: Math.min(frames, end + right), start, end };
}

/** Frames of the `count`-th chunk of a stream, counted from 0. */
export function chunkLength(count: number, { most, first }: ChunkLengths): number {
  return Math.min(most, first * 2 ** Math.min(count, 20));
}
