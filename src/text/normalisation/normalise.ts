/**
 * Written English to spoken English, by rules that are tried where a word, a number or a sign
 * begins; the first that applies wins, and what no rule takes stays. The rules look at most some
 * dozen characters around, so the time is linear and nothing is random.
 *
 * Normalise sentence by sentence: the full stop of an abbreviation at the end of the text is taken
 * for that of the sentence too.
 */
import { ABBREVIATION_RULES, fileRule } from "./abbreviation-rules.ts";
import type { Abbreviations } from "./abbreviations-file.ts";
import { acronymRules } from "./acronym-rules.ts";
import { MONTH_RULES, NUMERIC_DATE_RULES } from "./date-rules.ts";
import { MONEY_RULES } from "./money-rules.ts";
import { NUMBER_RULES } from "./number-rules.ts";
import { ROMAN_RULES } from "./roman-rules.ts";
import type { Rule } from "./rule.ts";
import { replaceSign } from "./signs.ts";
import { TELEPHONE_RULES } from "./telephone-rules.ts";
import { TIME_RULES } from "./time-rules.ts";
import { UNIT_RULES } from "./unit-rules.ts";
import { WEB_RULES } from "./web-rules.ts";

export interface NormaliserOptions {
  /** Of `abbreviations_file`; they go before the built-in ones. */
  readonly abbreviations?: Abbreviations;
  /** What the dictionary can pronounce: capitals such as NASA are then not spelt. */
  readonly isWord?: (word: string) => boolean;
}

export type Normaliser = (text: string) => string;

const LETTER = /[A-Za-z]/;
const NUMERIC = /[0-9+\-−±~≈.$€£¥₹#(½⅓⅔¼¾⅕-⅞'’]/;
/** A word that no rule took, to its end. */
const WORD = /[\p{L}\p{M}][\p{L}\p{M}'’]*/uy;

export function englishNormaliser(options: NormaliserOptions = {}): Normaliser {
  const { abbreviations } = options;
  const fromFile =
    abbreviations === undefined || abbreviations.size === 0 ? [] : [fileRule(abbreviations)];
  const numberRules = [
    ...fromFile,
    ...WEB_RULES,
    ...NUMERIC_DATE_RULES,
    ...TELEPHONE_RULES,
    ...TIME_RULES,
    ...MONEY_RULES,
    ...UNIT_RULES,
    ...NUMBER_RULES,
  ];
  const wordRules = [
    ...fromFile,
    ...WEB_RULES,
    ...MONTH_RULES,
    ...ROMAN_RULES,
    ...MONEY_RULES,
    ...ABBREVIATION_RULES,
    ...acronymRules(options.isWord ?? (() => false)),
  ];
  return (text) => {
    const spoken = new SpokenText();
    const composed = text.normalize("NFC");
    for (let at = 0; at < composed.length;) {
      const first = composed[at] as string;
      const rules = LETTER.test(first) ? wordRules : NUMERIC.test(first) ? numberRules : fromFile;
      at += applyRules(rules, composed, at, spoken) || copyWord(composed, at, spoken);
    }
    return spoken.toString();
  };
}

/** Length of what a rule took; 0 if none applies. */
function applyRules(rules: readonly Rule[], text: string, at: number, spoken: SpokenText): number {
  for (const { pattern, speak } of rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null || match[0] === "") continue;
    const words = speak(match, { text, start: at, end: at + match[0].length });
    if (words === undefined) continue;
    spoken.addWord(words);
    return match[0].length;
  }
  return 0;
}

/** Length of a word or a single sign, which is added as it is or as it is to be. */
function copyWord(text: string, at: number, spoken: SpokenText): number {
  WORD.lastIndex = at;
  const word = WORD.exec(text)?.[0];
  if (word !== undefined) {
    spoken.addText(word);
    return word.length;
  }
  const sign = String.fromCodePoint(text.codePointAt(at) as number);
  const replaced = replaceSign(sign);
  if ("word" in replaced) spoken.addWord(replaced.word);
  else spoken.addText(replaced.text);
  return sign.length;
}

/** Puts pieces together with a blank on both sides of what was written without. */
class SpokenText {
  readonly #pieces: string[] = [];
  #wantsBlank = false;

  addWord(words: string): void {
    if (/[\p{L}\p{N},;:!?]$/u.test(this.#pieces.at(-1) ?? "")) this.#pieces.push(" ");
    this.#pieces.push(words);
    this.#wantsBlank = !words.endsWith(".");
  }

  addText(text: string): void {
    if (this.#wantsBlank && /^[\p{L}\p{N}]/u.test(text)) this.#pieces.push(" ");
    this.#pieces.push(text);
    this.#wantsBlank = false;
  }

  toString(): string {
    return this.#pieces
      .join("")
      .replace(/\s+/g, " ")
      .replace(/ (?=[,.!?;:](?: |$))/g, "")
      .trim();
  }
}
