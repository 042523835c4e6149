/** Cuts a sentence that is too long: after a clause, else at a blank, else anywhere. */

/** A part of a text, from `start` up to (not including) `end`. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

const CLAUSE_MARKS = new Set("，、；：,;:)—–");
/** A clause shorter than this part of the limit makes too choppy a reading. */
const SHORTEST_CLAUSE = 1 / 3;

/** Spans of at most `maxLength` UTF-16 units that together hold all but blanks of the span. */
export function cutLongSpan(text: string, span: TextSpan, maxLength: number): TextSpan[] {
  const pieces: TextSpan[] = [];
  let start = span.start;
  while (span.end - start > maxLength) {
    const cut = cutBefore(text, start, start + maxLength);
    pieces.push(trimSpan(text, { start, end: cut }));
    start = trimSpan(text, { start: cut, end: span.end }).start;
  }
  pieces.push({ start, end: span.end });
  return pieces.filter((piece) => piece.end > piece.start);
}

/** The span without the white space at its ends. */
export function trimSpan(text: string, { start, end }: TextSpan): TextSpan {
  let from = start;
  let to = end;
  while (from < to && isBlank(text, from)) from++;
  while (to > from && isBlank(text, to - 1)) to--;
  return { start: from, end: to };
}

export function isBlank(text: string, at: number): boolean {
  return /\s/.test(text[at] as string);
}

function cutBefore(text: string, start: number, limit: number): number {
  const earliest = start + Math.ceil((limit - start) * SHORTEST_CLAUSE);
  let lastBlank = -1;
  for (let at = limit; at > start; at--) {
    const endsWord = isBlank(text, at);
    if (endsWord && lastBlank < 0) lastBlank = at;
    if (endsWord && at >= earliest && CLAUSE_MARKS.has(text[at - 1] as string)) return at;
  }
  if (lastBlank > start) return lastBlank;
  return isInsidePair(text, limit) && limit - 1 > start ? limit - 1 : limit;
}

/** True between the two halves of a code point above U+FFFF. */
function isInsidePair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text[at - 1] as string) && /[\udc00-\udfff]/.test(text[at] ?? "");
}
