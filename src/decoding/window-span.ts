/**
 * Which timesteps of an acoustic model's window count. Windows of a stream overlap: a window has
 * timesteps that earlier windows settled, those that settle now, and provisional ones in its
 * right padding, which come again with more context.
 */

/** Row `FRAME_SPAN` of a request: `[offset, from, to]`. */
export interface WindowSpan {
  /** Place of the window's first timestep in the stream. */
  readonly offset: number;
  /** Timestep of the window after the last that settles; -1: all settle. */
  readonly to: number;
}

export interface SettledRange {
  /** First timestep of the window that settles now. */
  readonly from: number;
  /** Timestep of the window after the last that settles; from here on they are provisional. */
  readonly to: number;
}

export interface StreamPlace {
  /** Timesteps that the window has. */
  readonly length: number;
  /** First timestep of the stream that has not settled. */
  readonly next: number;
  /** Settle the right padding too: the client wants the utterance closed now. */
  readonly settleAll: boolean;
}

/**
 * `from` follows from what has settled, not from the request: after a forced end the stream is
 * ahead, and a model that gave a timestep less than promised leaves no hole.
 */
export function settledRange(
  span: WindowSpan,
  { length, next, settleAll }: StreamPlace,
): SettledRange {
  const from = Math.min(Math.max(0, next - span.offset), length);
  const wanted = settleAll || span.to < 0 ? length : Math.min(span.to, length);
  return { from, to: Math.max(from, wanted) };
}
