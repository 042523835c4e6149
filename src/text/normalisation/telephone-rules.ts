/** Telephone numbers, addresses of computers and other groups of digits. */
import { digitByDigit } from "./number-words.ts";
import { rule, type Rule } from "./rule.ts";

const END = "(?![0-9]|[-.][0-9])";

export const TELEPHONE_RULES: readonly Rule[] = [
  rule(`\\+[0-9]{1,3}[- .]?\\(?[0-9]{2,4}\\)?(?:[- .][0-9]{2,4}){1,4}${END}`, speak),
  rule(`(?:1[- .])?\\([0-9]{3}\\) ?[0-9]{3}[- .][0-9]{4}${END}`, speak),
  rule(`(?:1[-.])?[0-9]{3}([-.])[0-9]{3}\\1[0-9]{4}${END}`, speak),
  rule(`[0-9]{3}-[0-9]{4}${END}`, speak),
  rule(`[0-9]{1,6}(?:-[0-9]{1,6}){2,6}${END}`, speak),
  rule(`[0-9]{1,3}(?:\\.[0-9]{1,3}){3}${END}`, ([address]) =>
    (address as string).split(".").map(digitByDigit).join(" dot "),
  ),
];

function speak([number]: readonly (string | undefined)[]): string {
  return spokenTelephone(number as string);
}

/** Groups of digits with commas between, for short pauses; `ext.` and `x` are extensions. */
export function spokenTelephone(number: string): string {
  const plus = number.trim().startsWith("+") ? "plus " : "";
  const groups = (number.match(/[0-9]+|x|ext/gi) ?? []).map((group) =>
    /[0-9]/.test(group) ? digitByDigit(group) : "extension",
  );
  return plus + groups.join(", ");
}
