/**
 * Sorts characters into kinds with a table that fills as characters are met: the classifier,
 * which may use slow Unicode expressions, sees each of them once.
 */

/** `classify` gives 1 to 255 for a code point; so does the result, quickly. */
export function characterKinds(
  classify: (character: string, codePoint: number) => number,
): (codePoint: number) => number {
  const kinds = new Uint8Array(0x110000);
  return (codePoint) =>
    (kinds[codePoint] as number) ||
    (kinds[codePoint] = classify(String.fromCodePoint(codePoint), codePoint));
}
