/** Dates, decades and years. Dates with slashes are American: month, day, year. */
import { spellLetters } from "./letters.ts";
import { cardinal, ordinal, spokenYear } from "./number-words.ts";
import { rule, wordBefore, type Place, type Rule } from "./rule.ts";

export const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );

const MONTH_NAME =
  "(January|February|March|April|May|June|July|August|September|October|November|December|" +
  "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\\.?";
const YEAR = "([12][0-9]{3})(?![0-9]|[.,][0-9])";
const DAY = "([0-3]?[0-9])(?:st|nd|rd|th)?(?![0-9A-Za-z]|[:.,/-][0-9])";
/** A year that could not be taken for a small number. */
const LATE_YEAR = "(1[1-9][0-9]{2}|20[0-9]{2})";

const TENS_PLURAL: Readonly<Record<string, string>> = {
  "0": "hundreds",
  "1": "tens",
  "2": "twenties",
  "3": "thirties",
  "4": "forties",
  "5": "fifties",
  "6": "sixties",
  "7": "seventies",
  "8": "eighties",
  "9": "nineties",
};

/** After these a number from 1100 to 2099 is a year. */
const YEAR_WORDS = new Set(
  `in since by from until till of during after before year spring summer autumn fall winter circa
  early late mid around back ${MONTHS.join(" ").toLowerCase()}`.split(/\s+/),
);

const CONNECTIVE =
  /^ (?:and|or|to|the|a|an|he|she|it|they|we|in|at|by|when|was|is|were|with|for|as|but|on|after|before|until|because|that|this|his|her|their|our)\b/;

/** Rules for text that begins with a digit or an apostrophe. */
export const NUMERIC_DATE_RULES: readonly Rule[] = [
  rule("([12][0-9]{3})-([01][0-9])-([0-3][0-9])(?![0-9-])", ([, year, month, day]) =>
    spokenDate(month, day, year),
  ),
  rule(
    "([0-3]?[0-9])/([0-3]?[0-9])/([12][0-9]{3}|[0-9]{2})(?![0-9/])",
    ([, first, second, year]) => spokenDate(first, second, year) ?? spokenDate(second, first, year),
  ),
  rule(
    `${DAY} (?:of )?${MONTH_NAME}(?![A-Za-z])(?:(,?) ${YEAR})?`,
    ([, day, month, comma, year], place) => {
      if (!isDay(day)) return undefined;
      const article = wordBefore(place) === "the" ? "" : "the ";
      return `${article}${ordinal(day as string)} of ${monthName(month as string)}${yearAfter(comma, year)}`;
    },
  ),
  rule(
    `${LATE_YEAR} (to|and|until|through) ${LATE_YEAR}(?![0-9]|[.,:/-][0-9]|%)`,
    ([, from, word, to], place) =>
      /^(?:from|between)$/.test(wordBefore(place))
        ? `${spokenYear(from as string)} ${word} ${spokenYear(to as string)}`
        : undefined,
  ),
  rule(
    `${LATE_YEAR} ?[-–] ?${LATE_YEAR}(?![0-9-])`,
    ([, from, to]) => `${spokenYear(from as string)} to ${spokenYear(to as string)}`,
  ),
  rule("(1[1-9]|20)([0-9])0['’]?s(?![A-Za-z])", ([, century, decade]) => {
    const whole = century === "20" && decade === "0" ? "two thousands" : undefined;
    return whole ?? `${cardinal(century as string)} ${TENS_PLURAL[decade as string]}`;
  }),
  rule("['’]?([2-9])0s(?![A-Za-z])", ([, decade]) => TENS_PLURAL[decade as string]),
  rule(
    "([0-9]{1,4}) ?(BCE|BC|CE|AD)(?![A-Za-z])",
    ([, year, era]) => `${spokenYear(year as string)} ${spellLetters(era as string)}`,
  ),
  rule(`${LATE_YEAR}(?![0-9]|[.,:/-][0-9]|%)`, ([, year], place) =>
    isYear(place) ? spokenYear(year as string) : undefined,
  ),
];

/** Rules for text that begins with the name of a month. */
export const MONTH_RULES: readonly Rule[] = [
  rule(`${MONTH_NAME} ${DAY}(?:(,?) ${YEAR})?`, ([, month, day, comma, year]) =>
    isDay(day)
      ? `${monthName(month as string)} ${ordinal(day as string)}${yearAfter(comma, year)}`
      : undefined,
  ),
  rule(
    `${MONTH_NAME}(,?) ${YEAR}`,
    ([, month, comma, year]) => `${monthName(month as string)}${yearAfter(comma, year)}`,
  ),
];

/** `undefined` if there is no such day in any year. Two-digit years are of 1970 to 2069. */
export function spokenDate(
  month: string | undefined,
  day: string | undefined,
  year: string | undefined,
): string | undefined {
  const name = MONTHS[Number(month) - 1];
  if (name === undefined || !isDay(day)) return undefined;
  return `${name} ${ordinal(day as string)}${yearAfter(",", fullYear(year))}`;
}

export function fullYear(year: string | undefined): string | undefined {
  if (year === undefined || year.length !== 2) return year;
  return `${Number(year) < 70 ? "20" : "19"}${year}`;
}

/** The whole name of a month from its name or abbreviation. */
export function monthName(written: string): string {
  return MONTHS.find((month) => month.startsWith(written.slice(0, 3))) ?? written;
}

export function isDay(day: string | undefined): boolean {
  return Number(day) >= 1 && Number(day) <= 31;
}

function yearAfter(comma: string | undefined, year: string | undefined): string {
  return year === undefined ? "" : `${comma ?? ""} ${spokenYear(year)}`;
}

/** In brackets, or after a word that goes before years; "in 2000 shops" is none. */
function isYear(place: Place): boolean {
  const { text, start, end } = place;
  if (YEAR_WORDS.has(wordBefore(place))) return !/^ [a-z]/.test(withoutConnective(text, end));
  return text[start - 1] === "(" && text[end] === ")";
}

/** What follows, unless it begins with a word that goes on after a year. */
function withoutConnective(text: string, end: number): string {
  const after = text.slice(end, end + 24);
  return CONNECTIVE.test(after) ? "" : after;
}
