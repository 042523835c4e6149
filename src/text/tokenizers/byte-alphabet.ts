/**
 * The alphabet of byte-level vocabularies: each byte is written as one visible character.
 * Printable Latin-1 stands for itself, the other bytes take U+0100 upwards in order, so that a
 * space is `Ġ`.
 */

/** The character of each byte. */
export const BYTE_CHARACTERS: readonly string[] = makeAlphabet();

/** The byte of each character. */
export const CHARACTER_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

function makeAlphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isVisible =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
    return String.fromCharCode(isVisible ? byte : next++);
  });
}
