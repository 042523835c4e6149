/** E-mail and web addresses. */
import { spellLetters, signName } from "./letters.ts";
import { digitByDigit } from "./number-words.ts";
import { rule, type Rule } from "./rule.ts";

const LABEL = "[A-Za-z0-9][A-Za-z0-9-]{0,62}";
const TOP_LEVEL =
  "(?:com|org|net|edu|gov|mil|int|info|biz|dev|app|io|ai|co|tv|me|us|uk|ca|de|fr|eu|au|in|jp|cn)";
/** A path does not end in the punctuation of the sentence. */
const PATH = "(?:[/?#][^\\s]{0,2000}[^\\s.,!?;:)\"'”’\\]])?";

export const WEB_RULES: readonly Rule[] = [
  rule(`[A-Za-z0-9._%+-]{1,64}@${LABEL}(?:\\.${LABEL}){1,5}`, speak),
  rule(`[Hh][Tt][Tt][Pp][Ss]?://(${LABEL}(?:\\.${LABEL}){0,5}(?::[0-9]{1,5})?${PATH})`, speak),
  rule(`[Ww]{3}\\.${LABEL}(?:\\.${LABEL}){1,5}${PATH}`, speak),
  rule(
    `${LABEL}(?:\\.${LABEL}){0,4}\\.${TOP_LEVEL}(?![A-Za-z0-9.-][A-Za-z0-9]|[A-Za-z0-9])${PATH}`,
    speak,
  ),
];

/** Ends of addresses that are spoken as words; other short ones letter by letter. */
const SPOKEN_LABELS = new Set("com org co net gov edu mil info biz dev app".split(" "));

function speak([whole, withoutScheme]: readonly (string | undefined)[]): string {
  return spokenAddress(withoutScheme ?? (whole as string));
}

/** Words as they are, signs by name, digits one by one, `www` and country codes as letters. */
export function spokenAddress(address: string): string {
  const pieces = address.match(/[A-Za-z]+|[0-9]+|[^A-Za-z0-9]/g) ?? [];
  return pieces
    .map((piece, n) => {
      if (/^[0-9]/.test(piece)) return digitByDigit(piece);
      if (!/^[A-Za-z]/.test(piece)) return signName(piece);
      const isShort = piece.length === 1 || (pieces[n - 1] === "." && piece.length === 2);
      const isSpelt = isShort && !SPOKEN_LABELS.has(piece.toLowerCase());
      return isSpelt || /^www$/i.test(piece) ? spellLetters(piece) : piece;
    })
    .join(" ");
}
