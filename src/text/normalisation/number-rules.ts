/** Numbers in all their everyday forms: signs, ordinals, fractions, ranges, digits. */
import { cardinal, digitByDigit, ordinal, spokenFraction, spokenNumber } from "./number-words.ts";
import { NUMBER, rule, type Rule } from "./rule.ts";

const VULGAR_FRACTIONS: Readonly<Record<string, readonly [string, string]>> = {
  "½": ["1", "2"],
  "⅓": ["1", "3"],
  "⅔": ["2", "3"],
  "¼": ["1", "4"],
  "¾": ["3", "4"],
  "⅕": ["1", "5"],
  "⅖": ["2", "5"],
  "⅗": ["3", "5"],
  "⅘": ["4", "5"],
  "⅙": ["1", "6"],
  "⅚": ["5", "6"],
  "⅛": ["1", "8"],
  "⅜": ["3", "8"],
  "⅝": ["5", "8"],
  "⅞": ["7", "8"],
};
const VULGAR = Object.keys(VULGAR_FRACTIONS).join("");
const NO_WORD_AFTER = "(?![0-9A-Za-z]|[.,/-][0-9])";

export const NUMBER_RULES: readonly Rule[] = [
  rule(`24/7${NO_WORD_AFTER}`, () => "twenty four seven"),
  rule(`([${VULGAR}])`, ([, sign]) => vulgar(sign as string)),
  rule(`([0-9]{1,6})[ -]([0-9]{1,2})[/⁄]([0-9]{1,3})${NO_WORD_AFTER}`, ([, whole, top, bottom]) =>
    mixed(whole, spokenFraction(top as string, bottom as string)),
  ),
  rule(`([0-9]{1,6}) ?([${VULGAR}])`, ([, whole, sign]) => mixed(whole, vulgar(sign as string))),
  rule(`([0-9]{1,3})[/⁄]([0-9]{1,3})${NO_WORD_AFTER}`, ([, top, bottom]) =>
    Number(bottom) > 100
      ? `${cardinal(top as string)} over ${cardinal(bottom as string)}`
      : spokenFraction(top as string, bottom as string),
  ),
  rule(
    `((?:[0-9]{1,3}(?:,[0-9]{3}){1,13}|[0-9]{1,40}))(?:st|nd|rd|th)(?![0-9A-Za-z])`,
    ([, digits]) => ordinal((digits as string).replaceAll(",", "")),
    "i",
  ),
  rule(`(${NUMBER}) ?[×x] ?(?=[0-9])`, ([, number]) => `${spokenNumber(number as string)} by`),
  rule(
    `(${NUMBER}) ?[-–] ?(${NUMBER})(?![-–][0-9])`,
    ([, from, to]) => `${spokenNumber(from as string)} to ${spokenNumber(to as string)}`,
  ),
  rule(`#(${NUMBER})`, ([, number]) => `number ${spokenNumber(number as string)}`),
  rule(`[-−](\\.[0-9]{1,40}|${NUMBER})`, ([, number], place) =>
    /[0-9A-Za-z)]/.test(place.text[place.start - 1] ?? " ")
      ? undefined
      : `minus ${spokenNumber(number as string)}`,
  ),
  rule(`\\+(${NUMBER})`, ([, number]) => `plus ${spokenNumber(number as string)}`),
  rule(`[±](${NUMBER})`, ([, number]) => `plus or minus ${spokenNumber(number as string)}`),
  rule(`[~≈](${NUMBER})`, ([, number]) => `about ${spokenNumber(number as string)}`),
  rule(`\\.[0-9]{1,40}(?![0-9])`, ([number], place) =>
    /[0-9A-Za-z.]/.test(place.text[place.start - 1] ?? " ")
      ? undefined
      : spokenNumber(number as string),
  ),
  rule(NUMBER, ([number]) => spokenNumber(number as string)),
  rule(`[0-9]{1,40}(?:\\.[0-9]{1,40}){2,10}(?![0-9])`, ([version]) =>
    (version as string).split(".").map(spokenNumber).join(" point "),
  ),
  rule(`[0-9]+`, ([digits]) => digitByDigit(digits as string)),
];

function vulgar(sign: string): string {
  const [top, bottom] = VULGAR_FRACTIONS[sign] as readonly [string, string];
  return spokenFraction(top, bottom);
}

function mixed(whole: string | undefined, fraction: string): string {
  return `${cardinal(whole as string)} and ${fraction.replace(/^one (?=half|quarter)/, "a ")}`;
}
