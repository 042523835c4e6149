/**
 * A normalisation rule: a pattern that is tried where a word or number begins, and what to say
 * instead. Patterns have bounded repetitions, so that any text takes linear time.
 */

/** Where a match stands in its text. */
export interface Place {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Rule {
  /** Sticky. */
  readonly pattern: RegExp;
  /** `undefined`: the rule does not apply after all. */
  readonly speak: (groups: readonly (string | undefined)[], place: Place) => string | undefined;
}

/** A number without sign: with thousands commas or without, perhaps with decimals. */
export const NUMBER =
  "(?:[0-9]{1,3}(?:,[0-9]{3}){1,13}|[0-9]{1,40})(?:\\.[0-9]{1,40})?(?![0-9]|\\.[0-9])";

/** @param flags besides sticky and unicode; `i` for any case. */
export function rule(source: string, speak: Rule["speak"], flags: "" | "i" = ""): Rule {
  return { pattern: new RegExp(source, `uy${flags}`), speak };
}

/** How far a rule looks back for a word. */
const LOOK_BACK = 24;

/** The word before the match in lower case, over blanks and an opening bracket. */
export function wordBefore({ text, start }: Place): string {
  const before = text.slice(Math.max(0, start - LOOK_BACK), start);
  return /([A-Za-z]+)[.\s(]{0,4}$/.exec(before)?.[1]?.toLowerCase() ?? "";
}

/** True if nothing but closing quotes and brackets follows: a swallowed full stop must stay. */
export function isAtEnd({ text, end }: Place): boolean {
  return /^["'”’)\]\s]{0,8}$/.test(text.slice(end, end + 9));
}
