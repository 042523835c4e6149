/** Letters, digits and signs spoken one by one. */
import { digitByDigit } from "./number-words.ts";

const SIGNS: Readonly<Record<string, string>> = {
  ".": "dot",
  ",": "comma",
  "-": "dash",
  _: "underscore",
  "/": "slash",
  "\\": "backslash",
  "@": "at",
  ":": "colon",
  ";": "semicolon",
  "?": "question mark",
  "!": "exclamation mark",
  "=": "equals",
  "&": "and",
  "%": "percent",
  "#": "hash",
  "~": "tilde",
  "+": "plus",
  "*": "star",
  $: "dollar",
  "'": "apostrophe",
  '"': "quote",
  "(": "open parenthesis",
  ")": "close parenthesis",
  "<": "less than",
  ">": "greater than",
  " ": "space",
};

/** A letter as a word of its own. `A` alone would be spoken as the article. */
export function letterName(letter: string): string {
  return letter === "A" || letter === "a" ? "ay" : letter.toUpperCase();
}

/** `FBI` → F B I. */
export function spellLetters(letters: string): string {
  return Array.from(letters, letterName).join(" ");
}

/** Name of a sign, or the sign itself. */
export function signName(sign: string): string {
  return Object.hasOwn(SIGNS, sign) ? (SIGNS[sign] as string) : sign;
}

/** Every character: `A1-b` → ay one dash B. */
export function spellCharacters(text: string): string {
  return Array.from(text)
    .map((character) => {
      if (/[0-9]/.test(character)) return digitByDigit(character);
      return /\p{L}/u.test(character) ? letterName(character) : signName(character);
    })
    .join(" ");
}
