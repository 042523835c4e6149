/**
 * What SentencePiece does to text before it cuts it: replacement rules, one `▁` for each space,
 * spaces at the ends and double ones taken out, one `▁` put in front. The result remembers where
 * in the original everything began.
 */
import type { SentencePieceModel } from "../../tensor/sentence-piece-model.ts";
import { CharsmapRules } from "./charsmap.ts";
import { NormalizedText } from "./normalized-text.ts";
import { NO_NODE, type Trie } from "./trie.ts";

/** `▁`, which stands for a space inside pieces. */
export const SPACE_MARK = "\u2581";
const SPACE_MARK_UNIT = 0x2581;
const SPACE_UNIT = 0x20;
const REPLACEMENT = "\ufffd";
const ASCII = 0x80;

export interface NormalizedSentence {
  /** Only `units`, `length` and `starts` mean something. */
  readonly text: NormalizedText;
  /** Where in the original the last unit ends. */
  readonly end: number;
}

export class SentenceNormalizer {
  readonly #options: SentencePieceModel["normalizer"];
  readonly #whitespaceAsSuffix: boolean;
  readonly #rules: CharsmapRules | undefined;
  /** Texts that no rule may touch. */
  readonly #protected: Trie;
  /** ASCII characters that surely stay as they are if the next one is ASCII too. */
  readonly #isPlain: readonly boolean[];
  readonly #spaceUnit: number;
  /** Of the original text, taken by the last call of `#nextPart`. */
  #partUnits = 0;

  constructor(model: SentencePieceModel, protectedTexts: Trie) {
    this.#options = model.normalizer;
    this.#whitespaceAsSuffix = model.whitespaceAsSuffix;
    this.#protected = protectedTexts;
    const { charsmap, escapeWhitespaces } = model.normalizer;
    const rules = charsmap === undefined ? undefined : new CharsmapRules(charsmap);
    this.#rules = rules;
    this.#spaceUnit = escapeWhitespaces ? SPACE_MARK_UNIT : SPACE_UNIT;
    this.#isPlain = Array.from(
      { length: ASCII },
      (_, unit) =>
        unit !== SPACE_UNIT &&
        protectedTexts.child(0, unit) === NO_NODE &&
        (rules?.isPlain(unit) ?? true),
    );
  }

  normalize(text: string): NormalizedSentence {
    const { addDummyPrefix, removeExtraWhitespaces } = this.#options;
    const result = new NormalizedText();
    let at = removeExtraWhitespaces ? this.#afterSpaces(text) : 0;
    if (at === text.length) return { text: result, end: at };
    if (addDummyPrefix && !this.#whitespaceAsSuffix) result.push(this.#spaceUnit, at, at);
    let isAfterSpace = removeExtraWhitespaces;
    while (at < text.length) {
      const unit = text.charCodeAt(at);
      if (this.#isPlain[unit] === true && !(text.charCodeAt(at + 1) >= ASCII)) {
        result.push(unit, at, at);
        isAfterSpace = false;
        at++;
        continue;
      }
      const part = this.#nextPart(text, at);
      const skipped = isAfterSpace ? countLeadingSpaces(part) : 0;
      if (skipped < part.length) {
        this.#pushPart(result, part, skipped, at);
        isAfterSpace = removeExtraWhitespaces && part.endsWith(" ");
      }
      at += this.#partUnits;
    }
    const end = removeExtraWhitespaces ? this.#dropTrailingSpaces(result, at) : at;
    if (addDummyPrefix && this.#whitespaceAsSuffix) result.push(this.#spaceUnit, end, end);
    return { text: result, end };
  }

  #afterSpaces(text: string): number {
    let at = 0;
    while (at < text.length && this.#nextPart(text, at) === " ") at += this.#partUnits;
    return at;
  }

  /** What the next few characters become; `#partUnits` says how many units they are. */
  #nextPart(text: string, at: number): string {
    const protectedUnits = this.#protected.longestAt(text, at);
    if (protectedUnits > 0) {
      this.#partUnits = protectedUnits;
      return text.slice(at, at + protectedUnits);
    }
    const replacement = this.#rules?.longestAt(text, at);
    if (replacement !== undefined) {
      this.#partUnits = replacement.units;
      return replacement.text;
    }
    const codePoint = text.codePointAt(at) as number;
    this.#partUnits = codePoint > 0xffff ? 2 : 1;
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    return isSurrogate ? REPLACEMENT : String.fromCodePoint(codePoint);
  }

  #pushPart(result: NormalizedText, part: string, from: number, at: number): void {
    for (let i = from; i < part.length; i++) {
      const unit = part.charCodeAt(i);
      result.push(unit === SPACE_UNIT ? this.#spaceUnit : unit, at, at);
    }
  }

  #dropTrailingSpaces(result: NormalizedText, end: number): number {
    let last = end;
    while (result.length > 0 && result.units[result.length - 1] === this.#spaceUnit) {
      result.length--;
      last = result.starts[result.length] as number;
    }
    return last;
  }
}

function countLeadingSpaces(text: string): number {
  let count = 0;
  while (text.charCodeAt(count) === SPACE_UNIT) count++;
  return count;
}
