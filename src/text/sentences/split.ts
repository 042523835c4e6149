/**
 * Text to sentences with their places in it. A sentence ends at . ! ? or … (with the quotes and
 * brackets that follow) before a blank, at an empty line, and at the full stops of Chinese and
 * Japanese; abbreviations, initials, decimals and list numbers are no ends. One pass.
 */
import { BEFORE_NUMBER, NEVER_LAST, SENTENCE_STARTERS, SOMETIMES_LAST } from "./abbreviations.ts";
import { cutLongSpan, trimSpan, type TextSpan } from "./cut.ts";

export interface Sentence extends TextSpan {
  /** `text.slice(start, end)`, without white space at its ends. */
  readonly text: string;
}

export interface SplitOptions {
  /** UTF-16 units of the longest sentence; longer ones are cut. Riva's limit is 400. */
  readonly maxLength: number;
}

/** A candidate end: marks, then closing quotes and brackets. */
const END = /(?:[.!?…]+["'”’»)\]}]*|[。！？]["'”’」』）]*|\n[^\S\n]*(?=\n))/g;
const WORD_CHARACTER = /[\p{L}\p{N}.'’-]/u;
const NEXT_WORD = /\s*["'“‘«([{]*([\p{L}\p{N}][\p{L}\p{N}'’]{0,30})?/uy;
/** No abbreviation is longer; the look back has a bound. */
const LONGEST_WORD = 24;

/** The sentences in order; none for white space. */
export function splitSentences(text: string, { maxLength }: SplitOptions): Sentence[] {
  const spans: TextSpan[] = [];
  let start = 0;
  const push = (end: number): void => {
    const span = trimSpan(text, { start, end });
    if (span.end > span.start) spans.push(...cutLongSpan(text, span, maxLength));
    start = end;
  };
  for (const match of text.matchAll(END)) {
    const end = match.index + match[0].length;
    if (endsSentence(text, start, match.index, match[0])) push(end);
  }
  push(text.length);
  return spans.map((span) => ({ ...span, text: text.slice(span.start, span.end) }));
}

function endsSentence(text: string, start: number, at: number, marks: string): boolean {
  if (marks.startsWith("\n") || /^[。！？]/.test(marks)) return true;
  const end = at + marks.length;
  if (end < text.length && !/\s/.test(text[end] as string)) return false;
  const next = nextWord(text, end);
  if (next !== "" && /^\p{Ll}/u.test(next)) return false;
  if (!marks.startsWith(".") || /^\.[.!?…]/.test(marks)) return true;
  return next === "" || endsAtFullStop(wordBefore(text, start, at), next, text, start);
}

/** A single full stop after `word`, and `next` does not begin in lower case. */
function endsAtFullStop(word: WordBefore, next: string, text: string, start: number): boolean {
  const lower = word.text.toLowerCase();
  if (NEVER_LAST.has(lower)) return false;
  if (BEFORE_NUMBER.has(lower) && /^[0-9]/.test(next)) return false;
  const startsForSure = SENTENCE_STARTERS.has(next.toLowerCase());
  if (SOMETIMES_LAST.has(lower)) return startsForSure;
  if (/^\p{Lu}$/u.test(word.text) && word.text !== "I") return startsForSure;
  if (/^(?:\p{L}\.)+\p{L}$/u.test(word.text)) return startsForSure;
  return !(/^[0-9]{1,3}$/.test(word.text) && isFirstWord(word, text, start));
}

function isFirstWord(word: WordBefore, text: string, start: number): boolean {
  return text.slice(Math.max(start, word.start - LONGEST_WORD), word.start).trim() === "";
}

interface WordBefore {
  readonly text: string;
  readonly start: number;
}

function wordBefore(text: string, start: number, end: number): WordBefore {
  let from = end;
  while (
    from > start &&
    end - from <= LONGEST_WORD &&
    WORD_CHARACTER.test(text[from - 1] as string)
  ) {
    from--;
  }
  return { text: text.slice(from, end), start: from };
}

/** Empty at the end of the text or before something that is no word. */
function nextWord(text: string, at: number): string {
  NEXT_WORD.lastIndex = at;
  return NEXT_WORD.exec(text)?.[1] ?? "";
}
