/** Word error rate: edits over words divided by the number of reference words. */

export interface WordErrors {
  readonly errors: number;
  readonly words: number;
}

/** Substitutions, insertions and deletions between two transcripts split at blanks. */
export function countWordErrors(reference: string, hypothesis: string): WordErrors {
  const expected = splitWords(reference);
  const actual = splitWords(hypothesis);
  let previous = actual.map((_, j) => j + 1);
  previous.unshift(0);
  for (const [i, word] of expected.entries()) {
    const current = [i + 1];
    for (const [j, other] of actual.entries()) {
      const replace = (previous[j] ?? 0) + (word === other ? 0 : 1);
      current.push(Math.min(replace, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1));
    }
    previous = current;
  }
  return { errors: previous.at(-1) ?? 0, words: expected.length };
}

/** Word error rate in percent over pairs of reference and hypothesis. */
export function wordErrorRate(
  pairs: readonly (readonly [reference: string, hypothesis: string])[],
): number {
  const counts = pairs.map(([reference, hypothesis]) => countWordErrors(reference, hypothesis));
  const words = counts.reduce((sum, count) => sum + count.words, 0);
  return (100 * counts.reduce((sum, count) => sum + count.errors, 0)) / Math.max(1, words);
}

function splitWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
