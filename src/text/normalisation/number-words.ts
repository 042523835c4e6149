/** Numbers in English words, without hyphens and "and", as NeMo's grammars speak them. */

const UNITS = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
  "sixteen seventeen eighteen nineteen"
).split(" ");
const TENS = ["", "", ..."twenty thirty forty fifty sixty seventy eighty ninety".split(" ")];
/** Names of the powers of a thousand, up to 10^39: numbers of 40 digits have names for all parts. */
const POWERS = [
  "",
  ...(
    "thousand million billion trillion quadrillion quintillion sextillion septillion octillion " +
    "nonillion decillion undecillion duodecillion"
  ).split(" "),
];
/** Longer numbers are read digit by digit. */
export const MAX_NAMED_DIGITS = 40;

const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: "first",
  two: "second",
  three: "third",
  five: "fifth",
  eight: "eighth",
  nine: "ninth",
  twelve: "twelfth",
};

/** `123` → one hundred twenty three. Leading zeros do not count. */
export function cardinal(digits: string): string {
  const significant = digits.replace(/^0+(?=[0-9])/, "");
  if (significant.length > MAX_NAMED_DIGITS) return digitByDigit(significant);
  const groups: string[] = [];
  for (let end = significant.length; end > 0; end -= 3) {
    groups.unshift(significant.slice(Math.max(0, end - 3), end));
  }
  const words = groups.flatMap((group, n) => {
    const value = Number(group);
    const power = POWERS[groups.length - 1 - n] as string;
    return value === 0 ? [] : [belowThousand(value), power];
  });
  return words.filter((word) => word !== "").join(" ") || "zero";
}

/** `21` → twenty first. */
export function ordinal(digits: string): string {
  const words = cardinal(digits).split(" ");
  const last = words.pop() as string;
  return [...words, ordinalOf(last)].join(" ");
}

/** `007` → zero zero seven; anything but digits is left out. */
export function digitByDigit(digits: string): string {
  return Array.from(digits.replace(/[^0-9]/g, ""), (digit) => UNITS[Number(digit)]).join(" ");
}

/** `1,234.50` → one thousand two hundred thirty four point five zero; `007` digit by digit. */
export function spokenNumber(text: string): string {
  const [whole = "", fraction] = text.replaceAll(",", "").split(".");
  const spokenWhole = /^0[0-9]/.test(whole) ? digitByDigit(whole) : whole && cardinal(whole);
  if (fraction === undefined) return spokenWhole;
  return `${spokenWhole} point ${digitByDigit(fraction)}`.trim();
}

/** `1984` → nineteen eighty four, `2005` → two thousand five, `1905` → nineteen oh five. */
export function spokenYear(digits: string): string {
  if (digits.length !== 4 || digits.startsWith("0")) return cardinal(digits);
  const [century, rest] = [digits.slice(0, 2), digits.slice(2)];
  if (digits[1] === "0" && digits[2] === "0") return cardinal(digits);
  if (rest === "00") return `${cardinal(century)} hundred`;
  return `${cardinal(century)} ${rest.startsWith("0") ? `oh ${cardinal(rest)}` : cardinal(rest)}`;
}

/** `3`, `4` → three quarters; an improper or long fraction too. */
export function spokenFraction(numerator: string, denominator: string): string {
  const isOne = Number(numerator) === 1;
  const top = cardinal(numerator);
  if (Number(denominator) <= 1) return `${top} over ${cardinal(denominator)}`;
  if (Number(denominator) === 2) return `${top} ${isOne ? "half" : "halves"}`;
  if (Number(denominator) === 4) return `${top} ${isOne ? "quarter" : "quarters"}`;
  return `${top} ${ordinal(denominator)}${isOne ? "" : "s"}`;
}

function belowThousand(value: number): string {
  const hundreds = Math.floor(value / 100);
  const rest = value % 100;
  const words = hundreds === 0 ? [] : [UNITS[hundreds] as string, "hundred"];
  if (rest >= 20) {
    words.push(TENS[Math.floor(rest / 10)] as string);
    if (rest % 10 > 0) words.push(UNITS[rest % 10] as string);
  } else if (rest > 0) {
    words.push(UNITS[rest] as string);
  }
  return words.join(" ");
}

function ordinalOf(word: string): string {
  if (Object.hasOwn(IRREGULAR_ORDINALS, word)) return IRREGULAR_ORDINALS[word] as string;
  return word.endsWith("y") ? `${word.slice(0, -1)}ieth` : `${word}th`;
}
