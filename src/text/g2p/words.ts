/**
 * Text cut into words, literals and the rest, as NeMo's word tokenizers do it (`tokenizer_utils`
 * of NeMo 2.4): a word is letters with hyphens and apostrophes inside; a literal stands between
 * two vertical bars and is already in phonemes.
 */

export interface TextPart {
  readonly kind: "word" | "literal" | "other";
  /** A literal without its bars. */
  readonly text: string;
}

/** `ascii`: A to Z, for English. `latin`: the accented letters of Latin-1 too. */
export type WordLetters = "ascii" | "latin";

interface PartPatterns {
  /** A letter and all that may follow it in a word; trailing marks are cut off afterwards. */
  readonly run: RegExp;
  readonly other: RegExp;
}

const PATTERNS: Readonly<Record<WordLetters, PartPatterns>> = {
  ascii: { run: /[A-Za-z][A-Za-z'-]*/y, other: /[^A-Za-z|]+/y },
  latin: { run: /[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ'-]*/y, other: /[^A-Za-zÀ-ÖØ-öø-ÿ|]+/y },
};

/** The parts of the text in order; a single bar without a partner is left out. */
export function splitWords(text: string, letters: WordLetters): TextPart[] {
  const { run, other } = PATTERNS[letters];
  const parts: TextPart[] = [];
  for (let at = 0; at < text.length;) {
    if (text[at] === "|") {
      const end = text.indexOf("|", at + 1);
      if (end >= 0) parts.push({ kind: "literal", text: text.slice(at + 1, end) });
      at = end < 0 ? at + 1 : end + 1;
      continue;
    }
    const word = matchAt(run, text, at);
    const part = word === undefined ? (matchAt(other, text, at) ?? "") : withoutTrailingMarks(word);
    parts.push({ kind: word === undefined ? "other" : "word", text: part });
    at += part.length;
  }
  return parts;
}

/** A loop, because `/['-]+$/` is quadratic in a run of marks inside the word. */
function withoutTrailingMarks(run: string): string {
  let end = run.length;
  while (run[end - 1] === "'" || run[end - 1] === "-") end--;
  return run.slice(0, end);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
