/**
 * A pronunciation dictionary that stays text: reading finds where each word's first pronunciation
 * begins, and only a looked-up one is cut into phones. So 135,000 words take a fifth of a second
 * and the text plus one map in memory.
 */
import { ToolError } from "../../errors/tool-error.ts";

/** The largest published dictionaries have 4 MB; more than this is a wrong file. */
export const MAX_DICTIONARY_BYTES = 64 * 2 ** 20;

/** One dictionary line as its format sees it; offsets into the whole text. */
export interface DictionaryLine {
  readonly word: string;
  readonly pronunciationStart: number;
}

export interface DictionaryFormat {
  /** True for a line with a pronunciation; comments and blank lines are passed over. */
  counts(firstCharCode: number): boolean;
  /** `undefined` if the line has no word or no pronunciation. */
  parseLine(text: string, start: number, end: number): DictionaryLine | undefined;
  /** What a right line looks like, for the error. */
  readonly expected: string;
  /** Symbols of the pronunciation in `text[start..end)`. */
  parsePronunciation(text: string, start: number, end: number): string[];
}

export class PronunciationDictionary {
  /** Word → twice the offset of its first pronunciation, plus 1 if it has more than one. */
  readonly #places: ReadonlyMap<string, number>;
  readonly #text: string;
  readonly #format: DictionaryFormat;

  constructor(text: string, places: ReadonlyMap<string, number>, format: DictionaryFormat) {
    this.#text = text;
    this.#places = places;
    this.#format = format;
  }

  /** Number of different words. */
  get size(): number {
    return this.#places.size;
  }

  has(word: string): boolean {
    return this.#places.has(word);
  }

  /** True if the word has exactly one pronunciation. */
  isUnique(word: string): boolean {
    const place = this.#places.get(word);
    return place !== undefined && (place & 1) === 0;
  }

  /** The first pronunciation in the file. */
  first(word: string): string[] | undefined {
    const place = this.#places.get(word);
    if (place === undefined) return undefined;
    const start = place >>> 1;
    const lineEnd = this.#text.indexOf("\n", start);
    return this.#format.parsePronunciation(
      this.#text,
      start,
      lineEnd < 0 ? this.#text.length : lineEnd,
    );
  }
}

/**
 * Places of all words, spelt as `parseLine` gives them.
 * @param place name of the file for errors.
 * @param onEntry sees each entry's word and the span of its pronunciation.
 * @throws ToolError INVALID_FILE for a malformed line or a file without entries.
 */
export function findWords(
  text: string,
  format: DictionaryFormat,
  place: string,
  onEntry?: (word: string, start: number, end: number) => void,
): Map<string, number> {
  const places = new Map<string, number>();
  let lineNumber = 0;
  for (let start = 0; start < text.length; lineNumber++) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (end > start && format.counts(text.charCodeAt(start))) {
      const line = format.parseLine(text, start, end);
      if (line === undefined)
        throw malformedLine(text.slice(start, end), lineNumber, format, place);
      onEntry?.(line.word, line.pronunciationStart, end);
      const known = places.get(line.word);
      places.set(line.word, known === undefined ? line.pronunciationStart * 2 : known | 1);
    }
    start = end + 1;
  }
  if (places.size === 0) throw noEntries(format, place);
  return places;
}

/** @throws ToolError LIMIT_EXCEEDED for a file that cannot be a dictionary. */
export function checkDictionarySize(bytes: Uint8Array, place: string): void {
  if (bytes.length <= MAX_DICTIONARY_BYTES) return;
  throw new ToolError(
    "LIMIT_EXCEEDED",
    `dictionary: expected at most ${MAX_DICTIONARY_BYTES} bytes, got ${bytes.length}`,
    {
      at: place,
      hint: "check that the file is a pronunciation dictionary, and split a larger one",
    },
  );
}

function malformedLine(
  line: string,
  lineNumber: number,
  format: DictionaryFormat,
  place: string,
): ToolError {
  return new ToolError(
    "INVALID_FILE",
    `dictionary: expected ${format.expected}, got ${JSON.stringify(line.slice(0, 60))}`,
    {
      at: [place, `line ${lineNumber + 1}`],
      hint: "mend the line, or begin it with ;;; to make it a comment",
    },
  );
}

function noEntries(format: DictionaryFormat, place: string): ToolError {
  return new ToolError("INVALID_FILE", `dictionary: no entries; expected ${format.expected}`, {
    at: place,
    hint: "words of an ARPABET dictionary must be in upper case, as in CMUdict",
  });
}
