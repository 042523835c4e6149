/**
 * Kinds of characters as BERT's basic tokenizer sees them. General categories come from the
 * engine's Unicode tables; characters assigned after Unicode 13 (which NeMo's Python has) are
 * letters here and unassigned, so dropped, there.
 */

import { characterKinds } from "./character-kinds.ts";

export const DROPPED = 1;
export const SPACE = 2;
export const PUNCTUATION = 3;
/** Ideographs stand alone, as if between spaces. */
export const IDEOGRAPH = 4;
export const ORDINARY = 5;

export const kindOf = characterKinds((character, codePoint) => {
  if (/^[\t\n\r\p{Z}]$/u.test(character)) return SPACE;
  if (codePoint === 0xfffd || /^\p{C}$/u.test(character)) return DROPPED;
  if (isIdeograph(codePoint)) return IDEOGRAPH;
  // all of ASCII that is neither letter nor digit counts, `$` and `^` too
  if (/^[!-/:-@[-`{-~\p{P}]$/u.test(character)) return PUNCTUATION;
  return ORDINARY;
});

/** First and last code points of the blocks that the original lists. */
const IDEOGRAPH_BLOCKS: readonly (readonly [number, number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b820, 0x2ceaf],
  [0x2f800, 0x2fa1f],
];

function isIdeograph(codePoint: number): boolean {
  return IDEOGRAPH_BLOCKS.some(([first, last]) => codePoint >= first && codePoint <= last);
}
