/**
 * The four ways in which SentencePiece cuts normalised text; the result is a list of pieces one
 * after the other, each with the unit it ends at.
 */
import type { NormalizedText } from "./normalized-text.ts";

export interface Cut {
  /** The unknown piece's id where nothing fits. */
  readonly ids: readonly number[];
  /** Exclusive, in normalised units. */
  readonly ends: readonly number[];
}

/** Cuts a whole text. */
export type Cutter = (text: NormalizedText) => Cut;
