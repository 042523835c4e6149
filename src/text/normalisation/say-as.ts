/** SSML's `say-as`: text of which the author says what it is. */
import { fullYear, monthName, MONTHS, isDay } from "./date-rules.ts";
import { spellCharacters } from "./letters.ts";
import { MONEY_RULES } from "./money-rules.ts";
import type { Normaliser } from "./normalise.ts";
import {
  cardinal,
  digitByDigit,
  ordinal,
  spokenFraction,
  spokenNumber,
  spokenYear,
} from "./number-words.ts";
import { romanValue } from "./roman-rules.ts";
import { spokenTelephone } from "./telephone-rules.ts";
import { spokenTime } from "./time-rules.ts";
import { spokenAddress } from "./web-rules.ts";

/** Words for the text, or `undefined` if it is not of that kind. */
type Speaker = (text: string, format: string | undefined) => string | undefined;

const SPEAKERS: Readonly<Record<string, Speaker>> = {
  cardinal: speakCardinal,
  number: (text, format) =>
    format === "ordinal"
      ? speakOrdinal(text)
      : format === "digits"
        ? digitByDigit(text)
        : format === "telephone"
          ? spokenTelephone(text)
          : speakCardinal(text),
  ordinal: speakOrdinal,
  digits: (text) => digitByDigit(text),
  characters: (text) => spellCharacters(text),
  "spell-out": (text) => spellCharacters(text),
  verbatim: (text) => spellCharacters(text),
  fraction: speakFraction,
  date: speakDate,
  time: speakTime,
  telephone: (text) => (/[0-9]/.test(text) ? spokenTelephone(text) : undefined),
  currency: speakCurrency,
  net: (text) => spokenAddress(text),
};

/**
 * What an unknown `interpret-as` encloses, or text that is not of its kind, is normalised like any
 * other text.
 */
export function speakAs(
  text: string,
  interpretAs: string,
  format: string | undefined,
  normalise: Normaliser,
): string {
  const speaker = Object.hasOwn(SPEAKERS, interpretAs) ? SPEAKERS[interpretAs] : undefined;
  return speaker?.(text.trim(), format) || normalise(text);
}

function speakCardinal(text: string): string | undefined {
  const roman = romanValue(text.toUpperCase());
  if (roman !== undefined) return cardinal(String(roman));
  const match = /^([-+−]?)([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)$/.exec(text.replace(/\s/g, ""));
  if (match === null) return undefined;
  const sign = match[1] === "" ? "" : match[1] === "+" ? "plus " : "minus ";
  const number = (match[2] as string).replace(/^0+(?=[0-9])/, "");
  return sign + spokenNumber(number);
}

function speakOrdinal(text: string): string | undefined {
  const roman = romanValue(text.toUpperCase());
  if (roman !== undefined) return ordinal(String(roman));
  const digits = /^([0-9][0-9,]*)(?:st|nd|rd|th)?$/i.exec(text)?.[1];
  return digits === undefined ? undefined : ordinal(digits.replaceAll(",", ""));
}

function speakFraction(text: string): string | undefined {
  const match = /^(?:([0-9]+)[ +])?([0-9]+) ?[/⁄] ?([0-9]+)$/.exec(text);
  if (match === null) return undefined;
  const [, whole, top, bottom] = match;
  const fraction = spokenFraction(top as string, bottom as string);
  return whole === undefined ? fraction : `${cardinal(whole)} and ${fraction}`;
}

/** `format` says the order of year, month and day: any of `y`, `m`, `d`. Default: `mdy`. */
function speakDate(text: string, format: string | undefined): string | undefined {
  const parts = text.split(/[\s/.,-]+/).filter((part) => part !== "");
  const order = format !== undefined && /^[ymd]{1,3}$/.test(format) ? format : defaultOrder(parts);
  if (order === undefined || parts.length !== order.length) return undefined;
  const find = (part: string): string | undefined => parts[order.indexOf(part)];
  const month = spokenMonth(find("m"));
  const day = find("d")?.replace(/(?:st|nd|rd|th)$/i, "");
  const year = fullYear(find("y"));
  const isWrong =
    (find("m") !== undefined && month === undefined) ||
    (day !== undefined && !isDay(day)) ||
    (year !== undefined && !/^[0-9]{1,4}$/.test(year));
  if (isWrong) return undefined;
  const dayWords = day === undefined ? undefined : ordinal(day);
  const start = [month, dayWords].filter((word) => word !== undefined).join(" ");
  const yearWords = year === undefined ? "" : spokenYear(year);
  return [start, yearWords].filter((word) => word !== "").join(dayWords === undefined ? " " : ", ");
}

/** Without a format: ISO order if a year is first, else as Americans write. */
function defaultOrder(parts: readonly string[]): string | undefined {
  if (/^[0-9]{4}$/.test(parts[0] ?? "")) return "ymd".slice(0, parts.length);
  return parts.length === 3 ? "mdy" : parts.length === 2 ? "md" : undefined;
}

function spokenMonth(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  if (/^[0-9]{1,2}$/.test(written)) return MONTHS[Number(written) - 1];
  const name = monthName(written.charAt(0).toUpperCase() + written.slice(1).toLowerCase());
  return MONTHS.includes(name) ? name : undefined;
}

function speakTime(text: string): string | undefined {
  const match =
    /^([01]?[0-9]|2[0-4])(?::([0-5][0-9])(?::([0-5][0-9]))?)? ?(?:([ap])\.?m\.?)?$/i.exec(text);
  if (match === null) return undefined;
  const [, hour, minute, second, half] = match;
  return spokenTime(hour as string, minute ?? "00", second, half);
}

function speakCurrency(text: string): string | undefined {
  for (const { pattern, speak } of MONEY_RULES) {
    pattern.lastIndex = 0;
    const match = pattern.exec(text);
    if (match === null || match[0].length !== text.length) continue;
    return speak(match, { text, start: 0, end: text.length });
  }
  return undefined;
}
