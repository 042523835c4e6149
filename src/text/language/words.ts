/**
 * The words of a text as Python's `str.split()` finds them, which is how NeMo cuts what it
 * classifies word by word. Other white space than JavaScript's `\s`: the separators of ASCII and
 * NEL belong to it, the byte order mark does not.
 */

/** A stretch of a text in UTF-16 units, the end exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Characters that Python's `str.isspace()` is true for. */
const SPACES =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const PYTHON_WORD = new RegExp(`[^${SPACES}]+`, "g");

/** Where the words are. */
export function findWords(text: string): TextRange[] {
  return [...text.matchAll(PYTHON_WORD)].map(({ index, 0: word }) => ({
    start: index,
    end: index + word.length,
  }));
}

/**
 * White space as the question answering of NeMo sees it, which leaves most of it in the words. A
 * longer word than any language has is cut, so that no answer has to be looked for in all of it.
 */
const CONTEXT_WORD = /[^ \t\r\n\u202f]{1,1000}/gu;

/** The words of a passage that answers are looked for in. */
export function contextWords(text: string): string[] {
  return text.match(CONTEXT_WORD) ?? [];
}

/**
 * Places in UTF-16 units, ascending, as numbers of characters (code points) from the start, which
 * is what Python and so the clients count.
 */
export function characterOffsets(text: string, places: readonly number[]): number[] {
  let at = 0;
  let characters = 0;
  return places.map((place) => {
    for (; at < place; at++) {
      const isPair = isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1));
      if (isPair && at + 1 < place) at++;
      characters++;
    }
    return characters;
  });
}

const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800;
const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;
