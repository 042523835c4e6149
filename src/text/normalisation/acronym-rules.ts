/** Capitals that are read letter by letter. */
import { spellLetters } from "./letters.ts";
import { isAtEnd, rule, type Rule } from "./rule.ts";

/** Always letters, though some could be read as words. */
const LETTERS = new Set(
  `AI API ATM BBC CD CEO CFO CIA CNN CPU CTO DIY DNA DVD EU FAQ FBI GDP GPS GPU HIV HR HTML HTTP
  HTTPS IBM ID IQ IRS ISO IT JSON KGB LED MIT MRI NBA NBC NFL NGO NHL NYC PBS PC PDF PhD PIN PR QA
  RNA RPM SDK SMS SQL SSD SSML SUV TTS TV UFO UK UN URL US USA USB VIP VPN XML`
    .split(/\s+/)
    .filter((acronym) => acronym !== "IT" && acronym !== "PIN"),
);
const VOWEL = /[AEIOUY]/;

/** @param isWord true for what the dictionary can pronounce, such as NASA. */
export function acronymRules(isWord: (word: string) => boolean): readonly Rule[] {
  return [
    rule(
      "((?:[A-Za-z]\\.){2,8})(?![A-Za-z0-9])",
      ([, written], place) =>
        spellLetters((written as string).replaceAll(".", "")) + (isAtEnd(place) ? "." : ""),
    ),
    rule("([A-Z]{2,6})(s|['’]s)?(?![\\p{L}\\p{N}'’])", ([, written, ending]) => {
      const letters = written as string;
      if (!LETTERS.has(letters) && (isWord(letters) || VOWEL.test(letters))) return undefined;
      return spellLetters(letters) + (ending === undefined ? "" : "'s");
    }),
  ];
}
