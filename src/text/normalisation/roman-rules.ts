/** Roman numerals, only where a word before them makes sure that they are some. */
import { cardinal, ordinal } from "./number-words.ts";
import { rule, type Rule } from "./rule.ts";

const VALUES: Readonly<Record<string, number>> = {
  I: 1,
  V: 5,
  X: 10,
  L: 50,
  C: 100,
  D: 500,
  M: 1000,
};
const WELL_FORMED = /^M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})$/;

const COUNTED =
  "(Chapter|Part|Act|Scene|Volume|Vol\\.|Book|Phase|Section|Article|Title|Appendix|World War|" +
  "Super Bowl|Type|Class|Level|Grade|Stage|Mark|Episode|Figure|Table)";
const RULERS =
  "(Henry|Louis|George|Edward|Charles|James|William|Richard|Elizabeth|Mary|Philip|Frederick|" +
  "Francis|Napoleon|Nicholas|Alexander|Peter|Catherine|Paul|John Paul|Pius|Benedict|Leo|Gregory|" +
  "Innocent|Clement|Urban|Boniface|Ferdinand|Leopold|Otto|Wilhelm|Ramses|Ptolemy|Malcolm|Robert)";

export const ROMAN_RULES: readonly Rule[] = [
  rule(`${COUNTED} ([IVXLCDM]{1,9})(?![A-Za-z'’])`, ([, noun, numeral]) => {
    const value = romanValue(numeral as string);
    if (value === undefined || (numeral === "I" && /^(?:Type|Mark|Class)$/.test(noun as string))) {
      return undefined;
    }
    return `${(noun as string).replace("Vol.", "volume")} ${cardinal(String(value))}`;
  }),
  rule(`${RULERS} ([IVX]{2,6}|V|X)(?![A-Za-z])`, ([, name, numeral]) => {
    const value = romanValue(numeral as string);
    return value === undefined ? undefined : `${name} the ${ordinal(String(value))}`;
  }),
];

/** `undefined` if the letters are no well-formed numeral. */
export function romanValue(numeral: string): number | undefined {
  if (numeral === "" || !WELL_FORMED.test(numeral)) return undefined;
  const values = Array.from(numeral, (letter) => VALUES[letter] as number);
  return values.reduce((sum, value, n) => sum + (value < (values[n + 1] ?? 0) ? -value : value), 0);
}
