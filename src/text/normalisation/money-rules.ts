/** Amounts of money: `$3.50`, `£1.5 million`, `USD 20`. */
import { cardinal, spokenNumber } from "./number-words.ts";
import { NUMBER, rule, type Rule } from "./rule.ts";

interface Currency {
  readonly one: string;
  readonly many: string;
  /** A hundredth of it, if it has one. */
  readonly cent?: readonly [one: string, many: string];
}

const DOLLAR: Currency = { one: "dollar", many: "dollars", cent: ["cent", "cents"] };
const EURO: Currency = { one: "euro", many: "euros", cent: ["cent", "cents"] };
const POUND: Currency = { one: "pound", many: "pounds", cent: ["penny", "pence"] };
const YEN: Currency = { one: "yen", many: "yen" };
const RUPEE: Currency = { one: "rupee", many: "rupees", cent: ["paisa", "paise"] };

const CURRENCIES: Readonly<Record<string, Currency>> = {
  $: DOLLAR,
  US$: DOLLAR,
  USD: DOLLAR,
  "€": EURO,
  EUR: EURO,
  "£": POUND,
  GBP: POUND,
  "¥": YEN,
  JPY: YEN,
  "₹": RUPEE,
  INR: RUPEE,
};

const SCALES: Readonly<Record<string, string>> = {
  k: "thousand",
  m: "million",
  b: "billion",
  bn: "billion",
};
const SCALE = "(?: ?(thousand|million|billion|trillion)| ?(bn|[kKmMbB]))(?![A-Za-z0-9])";
const CODE = "(US\\$|USD|EUR|GBP|JPY|INR|[$€£¥₹])";

export const MONEY_RULES: readonly Rule[] = [
  rule(`([-−]?)${CODE} ?(${NUMBER})(?:${SCALE})?`, ([, sign, code, number, word, letter]) => {
    const scale = word ?? (letter === undefined ? undefined : SCALES[letter.toLowerCase()]);
    return (sign === "" ? "" : "minus ") + spokenMoney(code as string, number as string, scale);
  }),
  rule(`(${NUMBER}) ?(?:([€£¥₹])|(USD|EUR|GBP|JPY|INR)(?![A-Za-z]))`, ([, number, sign, code]) =>
    spokenMoney((sign ?? code) as string, number as string, undefined),
  ),
  rule(`(${NUMBER}) ?¢`, ([, number]) => plural(number as string, ["cent", "cents"])),
];

/** @param scale `million` and so on, after the number. */
export function spokenMoney(code: string, number: string, scale: string | undefined): string {
  const { one, many, cent } = CURRENCIES[code] as Currency;
  if (scale !== undefined) return `${spokenNumber(number)} ${scale} ${many}`;
  const [whole = "0", hundredths] = number.replaceAll(",", "").split(".");
  if (hundredths?.length !== 2 || cent === undefined) return plural(number, [one, many]);
  const cents = Number(hundredths) === 0 ? "" : plural(cardinalDigits(hundredths), cent);
  if (Number(whole) === 0 && cents !== "") return cents;
  const main = `${cardinal(whole)} ${Number(whole) === 1 ? one : many}`;
  return cents === "" ? main : `${main} and ${cents}`;
}

function plural(number: string, [one, many]: readonly [string, string]): string {
  return `${spokenNumber(number)} ${number === "1" ? one : many}`;
}

function cardinalDigits(digits: string): string {
  return digits.replace(/^0(?=[0-9])/, "");
}
