/**
 * Where GPT-2's splitting expression ends its next word: a contraction (`'s`), letters, digits
 * or anything else with at most one space before it, or white space. By hand, since an
 * expression with `\p{…}` for each word would be most of the tokenizer's time.
 */
import { characterKinds } from "./character-kinds.ts";

const LETTER = 1;
const NUMBER = 2;
const SPACE = 3;
const OTHER = 4;

const kindOf = characterKinds((character) => {
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return NUMBER;
  return /\p{White_Space}/u.test(character) ? SPACE : OTHER;
});

const CONTRACTIONS: readonly string[] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

/** End of the word that begins at `at`. */
export function byteLevelWordEnd(text: string, at: number): number {
  const limit = text.length;
  if (text[at] === "'") {
    const found = CONTRACTIONS.find((end) => text.startsWith(end, at));
    if (found !== undefined) return at + found.length;
  }
  const first = text[at] === " " && at + 1 < limit ? at + 1 : at;
  const kind = kindAt(text, first);
  if (kind !== SPACE) return runEnd(text, first, kind);
  const end = runEnd(text, at, SPACE);
  // the last of several spaces belongs to the word that follows
  return end < limit && end - at > 1 ? end - 1 : end;
}

/** What Python strips from the ends of a text: white space and four separators of ASCII. */
export function isStripped(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return (unit >= 0x1c && unit <= 0x1f) || kindAt(text, at) === SPACE;
}

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return kindOf(unit < 0xd800 ? unit : (text.codePointAt(at) as number));
}

function runEnd(text: string, from: number, kind: number): number {
  let at = from;
  while (at < text.length) {
    const codePoint = text.codePointAt(at) as number;
    if (kindOf(codePoint) !== kind) break;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return at;
}
