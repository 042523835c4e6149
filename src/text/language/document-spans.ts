/**
 * The windows over a passage in which an answer is looked for: as many tokens as fit beside the
 * question, each window `stride` tokens after the one before. A token that lies in several of them
 * may start an answer only where it has the most context.
 */

/** In tokens of the passage. */
export interface DocumentSpan {
  readonly start: number;
  readonly length: number;
}

/** A passage without tokens has no span. */
export function documentSpans(tokens: number, largest: number, stride: number): DocumentSpan[] {
  const spans: DocumentSpan[] = [];
  for (let start = 0; start < tokens; start += Math.min(largest, stride)) {
    const length = Math.min(tokens - start, largest);
    spans.push({ start, length });
    if (start + length === tokens) break;
  }
  return spans;
}

/** The number of the span that gives this token the most context on its poorer side. */
export function bestSpan(spans: readonly DocumentSpan[], token: number): number {
  let best = -1;
  let bestScore = -Infinity;
  for (let i = firstReaching(spans, token); i < spans.length; i++) {
    const { start, length } = spans[i] as DocumentSpan;
    if (start > token) break;
    const score = Math.min(token - start, start + length - 1 - token) + 0.01 * length;
    if (score > bestScore) [best, bestScore] = [i, score];
  }
  return best;
}

/** Spans ascend in start and end: the first one that does not end before the token. */
function firstReaching(spans: readonly DocumentSpan[], token: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { start, length } = spans[middle] as DocumentSpan;
    if (start + length > token) high = middle;
    else low = middle + 1;
  }
  return low;
}
