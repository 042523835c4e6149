/** Times of the day. */
import { cardinal } from "./number-words.ts";
import { isAtEnd, rule, type Rule } from "./rule.ts";

const HALF = "(?: ?([ap])(?:m(?![A-Za-z])|\\.m\\.?))";

export const TIME_RULES: readonly Rule[] = [
  rule(
    `([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?(?![0-9:])${HALF}?`,
    ([whole, hour, minute, second, half], place) =>
      spokenTime(hour as string, minute as string, second, half) +
      fullStop(whole as string, isAtEnd(place)),
    "i",
  ),
  rule(
    `(1[0-2]|0?[1-9])${HALF}`,
    ([whole, hour, half], place) =>
      spokenTime(hour as string, "00", undefined, half) + fullStop(whole as string, isAtEnd(place)),
    "i",
  ),
];

/** `3`, `05` → three oh five. @param half `a` or `p` of a.m. and p.m. */
export function spokenTime(
  hour: string,
  minute: string,
  second: string | undefined,
  half: string | undefined,
): string {
  const words = [cardinal(hour)];
  if (minute !== "00") words.push(minute.startsWith("0") ? "oh" : "", cardinal(minute));
  else if (half === undefined)
    words.push(Number(hour) <= 12 && Number(hour) > 0 ? "o'clock" : "hundred");
  if (second !== undefined && Number(second) > 0) {
    words.push("and", cardinal(second), Number(second) === 1 ? "second" : "seconds");
  }
  if (half !== undefined) words.push(half.toLowerCase() === "a" ? "ay M" : "P M");
  return words.filter((word) => word !== "").join(" ");
}

/** The full stop of p.m. may be that of the sentence as well. */
function fullStop(written: string, isLast: boolean): string {
  return isLast && written.endsWith(".") ? "." : "";
}
