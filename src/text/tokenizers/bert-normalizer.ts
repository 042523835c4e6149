/**
 * The character work of BERT's basic tokenizer on one run of characters without spaces: lower
 * case, NFC, accents off. Without stripping, NFC looks at several characters at once; with
 * stripping it is undone by NFD anyway, so every character can be treated alone.
 */
import { NormalizedText } from "./normalized-text.ts";

export interface BertNormalization {
  readonly lowerCase: boolean;
  readonly stripAccents: boolean;
}

/** What one character outside ASCII becomes; the table starts again when it is this full. */
const MAX_REMEMBERED = 0x10000;

export class BertNormalizer {
  readonly #options: BertNormalization;
  readonly #remembered = new Map<number, string>();

  constructor(options: BertNormalization) {
    this.#options = options;
  }

  /** Appends what the code point at `start` to `end` becomes, before NFC. */
  append(target: NormalizedText, codePoint: number, start: number, end: number): void {
    if (codePoint < 0x80) {
      const isUpper = this.#options.lowerCase && codePoint >= 0x41 && codePoint <= 0x5a;
      target.push(isUpper ? codePoint + 0x20 : codePoint, start, end);
      return;
    }
    target.pushText(this.#mapped(codePoint), start, end);
  }

  /** Composes a finished run. Returns it, or another text if NFC changes it. */
  compose(run: NormalizedText): NormalizedText {
    if (this.#options.stripAccents) return run;
    const text = run.text();
    return text.normalize("NFC") === text ? run : composeAligned(run, text);
  }

  #mapped(codePoint: number): string {
    const known = this.#remembered.get(codePoint);
    if (known !== undefined) return known;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    const mapped = this.#map(String.fromCodePoint(codePoint));
    this.#remembered.set(codePoint, mapped);
    return mapped;
  }

  #map(character: string): string {
    // one character at a time, as the original: no final sigma
    const cased = this.#options.lowerCase ? character.toLowerCase() : character;
    return this.#options.stripAccents ? cased.normalize("NFD").replace(/\p{Mn}/gu, "") : cased;
  }
}

/**
 * A character and what can melt into it: marks and the later parts of Hangul and Kirat Rai
 * syllables. NFC never looks beyond such a group.
 */
const GROUP = /(?:[^\p{M}\u1160-\u11ff]|^)[\p{M}\u1160-\u11ff\u{16d63}\u{16d67}-\u{16d6a}]*/gsu;

/** NFC group by group; characters of a group that changes its length share the group's offsets. */
function composeAligned(run: NormalizedText, text: string): NormalizedText {
  const composed = new NormalizedText();
  for (const match of text.matchAll(GROUP)) {
    const from = match.index;
    const to = from + match[0].length;
    const group = match[0].normalize("NFC");
    const isAligned = group.length === to - from;
    for (let i = 0; i < group.length; i++) {
      const first = isAligned ? from + i : from;
      const last = isAligned ? from + i : to - 1;
      composed.push(group.charCodeAt(i), run.starts[first] as number, run.ends[last] as number);
    }
  }
  return composed;
}
