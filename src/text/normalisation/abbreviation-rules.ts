/** Common English abbreviations, and those of the user's file. */
import type { Abbreviations } from "./abbreviations-file.ts";
import { isAtEnd, rule, type Place, type Rule } from "./rule.ts";

/** Without their full stop, which must be there. */
const ALWAYS: Readonly<Record<string, string>> = {
  Mr: "mister",
  Mrs: "missus",
  Ms: "miz",
  Prof: "professor",
  Rev: "reverend",
  Hon: "honorable",
  Gen: "general",
  Col: "colonel",
  Lt: "lieutenant",
  Sgt: "sergeant",
  Capt: "captain",
  Cmdr: "commander",
  Maj: "major",
  Gov: "governor",
  Sen: "senator",
  Rep: "representative",
  Pres: "president",
  Jr: "junior",
  Sr: "senior",
  vs: "versus",
  etc: "et cetera",
  "e.g": "for example",
  "i.e": "that is",
  cf: "compare",
  approx: "approximately",
  est: "established",
  dept: "department",
  Dept: "department",
  Inc: "incorporated",
  Ltd: "limited",
  Corp: "corporation",
  Co: "company",
  Bros: "brothers",
  Ave: "avenue",
  Blvd: "boulevard",
  Rd: "road",
  Hwy: "highway",
  Mt: "mount",
  Ft: "fort",
  Jan: "January",
  Feb: "February",
  Aug: "August",
  Sept: "September",
  Oct: "October",
  Nov: "November",
  Dec: "December",
};

/** Only before a number. */
const BEFORE_NUMBER: Readonly<Record<string, string>> = {
  No: "number",
  no: "number",
  Nos: "numbers",
  Vol: "volume",
  vol: "volume",
  Fig: "figure",
  fig: "figure",
  Ch: "chapter",
  ch: "chapter",
  Sec: "section",
  p: "page",
  pp: "pages",
  ca: "circa",
};

/** Before a name the first meaning, else the second. */
const BY_CONTEXT: Readonly<Record<string, readonly [title: string, otherwise: string]>> = {
  Dr: ["doctor", "drive"],
  St: ["saint", "street"],
};

const NAME_AFTER = /^ (?!(?:The|A|An|He|She|It|They|We|I|In|On|At|And|But)\b)\p{Lu}/u;

export const ABBREVIATION_RULES: readonly Rule[] = [
  rule("(e\\.g|i\\.e|[A-Za-z]{1,6})\\.(?![A-Za-z0-9])", ([, written], place) => {
    const spoken = expand(written as string, place);
    if (spoken === undefined) return undefined;
    return spoken + (isAtEnd(place) ? "." : "");
  }),
];

/** A rule for the abbreviations of a file; the longest one that fits wins. */
export function fileRule(abbreviations: Abbreviations): Rule {
  const alternatives = [...abbreviations.keys()]
    .sort((a, b) => b.length - a.length)
    .map(
      (written) => escape(written) + (/[\p{L}\p{N}]$/u.test(written) ? "(?![\\p{L}\\p{N}])" : ""),
    );
  return rule(alternatives.join("|"), ([written], place) => {
    const spoken = abbreviations.get(written as string) as string;
    return spoken + (written?.endsWith(".") === true && isAtEnd(place) ? "." : "");
  });
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function expand(written: string, place: Place): string | undefined {
  if (Object.hasOwn(ALWAYS, written)) return ALWAYS[written];
  const after = place.text.slice(place.end, place.end + 12);
  if (Object.hasOwn(BEFORE_NUMBER, written)) {
    return /^ ?[0-9]/.test(after) ? BEFORE_NUMBER[written] : undefined;
  }
  if (!Object.hasOwn(BY_CONTEXT, written)) return undefined;
  const [title, otherwise] = BY_CONTEXT[written] as readonly [string, string];
  return NAME_AFTER.test(after) ? title : otherwise;
}
