/**
 * IPA dictionaries as NeMo's `IpaG2p` reads them: UTF-8 in NFC, a line counts if it begins with a
 * Latin letter or an apostrophe, the first blank or tab ends the word, every further code point
 * is one symbol, `(2)` marks a variant. The tokenizer's vocabulary is made of these symbols.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { decodeUtf8 } from "../utf8.ts";
import {
  checkDictionarySize,
  findWords,
  PronunciationDictionary,
  type DictionaryFormat,
} from "./dictionary.ts";

export type GraphemeCase = "upper" | "lower" | "mixed";

export interface IpaDictionaryOptions {
  /** The case that words and their letters are folded to. NeMo's default: `upper`. */
  readonly graphemeCase: GraphemeCase;
  /** Put before letters, so that they cannot be mistaken for phones. NeMo's default: empty. */
  readonly graphemePrefix: string;
  /** False: the stress marks ˈ and ˌ are left out. */
  readonly useStresses: boolean;
  /** True: the letters of all words are symbols too. */
  readonly useChars: boolean;
}

export interface IpaDictionary {
  readonly dictionary: PronunciationDictionary;
  /** Every symbol that the vocabulary needs: phones and, with `useChars`, prefixed letters. */
  readonly symbols: ReadonlySet<string>;
}

/** Letters that may be graphemes, and digits of any script, as Python's `\d`. */
export const GRAPHEME = /[A-Za-zÀ-ÖØ-öø-ÿ\p{Nd}]/u;

/** What the first character of an entry may be, by its code: a Latin letter or an apostrophe. */
const FIRST: readonly boolean[] = Array.from({ length: 0x100 }, (_, code) =>
  /[A-Za-zÀ-ÖØ-öø-ÿ']/.test(String.fromCharCode(code)),
);
const LINE = /^\s*(\S+)\s+(?=\S)/;
const VARIANT = /\([0-9]+\)/g;
const STRESS_MARKS = /[ˈˌ]/g;

/** Upper or lower case, or the word as it is. */
export function foldGraphemes(text: string, graphemeCase: GraphemeCase): string {
  if (graphemeCase === "mixed") return text;
  return graphemeCase === "upper" ? text.toUpperCase() : text.toLowerCase();
}

/**
 * @param place name of the file for errors.
 * @throws ToolError INVALID_FILE with the number of a malformed line, or for other bytes than UTF-8.
 */
export function readIpaDictionary(
  bytes: Uint8Array,
  options: IpaDictionaryOptions,
  place: string,
): IpaDictionary {
  checkDictionarySize(bytes, place);
  const text = decodeUtf8(bytes).normalize("NFC");
  checkUtf8(text, place);
  const format = ipaFormat(options.useStresses);
  const letters = new SymbolCollector();
  const phones = new SymbolCollector();
  const places = findWords(text, format, place, (word, start, end) => {
    if (options.useChars) letters.add(word, 0, word.length);
    phones.add(text, start, end);
  });
  const dictionary = new PronunciationDictionary(text, foldWords(places, options), format);
  return { dictionary, symbols: symbolsOf(phones, letters, options) };
}

function ipaFormat(useStresses: boolean): DictionaryFormat {
  return {
    expected: "a word, a blank or tab and its pronunciation",
    counts: (first) => FIRST[first] === true,
    parseLine(text, start, end) {
      const line = text.slice(start, end);
      const match = LINE.exec(line);
      const word = match?.[1]?.replace(VARIANT, "") ?? "";
      if (match === null || word === "") return undefined;
      return { word, pronunciationStart: start + match[0].length };
    },
    parsePronunciation(text, start, end) {
      const symbols = text.slice(start, end).replace(/\s+/g, "");
      return Array.from(useStresses ? symbols : symbols.replace(STRESS_MARKS, ""));
    },
  };
}

/**
 * Words in the wanted case. Like NeMo, a later spelling replaces an earlier one of the same folded
 * word, and with `mixed` case a word can be found in capitals as well.
 */
function foldWords(
  places: ReadonlyMap<string, number>,
  { graphemeCase }: IpaDictionaryOptions,
): ReadonlyMap<string, number> {
  const folded = new Map<string, number>();
  for (const [word, place] of places) {
    folded.set(foldGraphemes(word, graphemeCase), place);
    if (graphemeCase === "mixed") folded.set(word.toUpperCase(), place);
  }
  return folded;
}

function symbolsOf(
  phones: SymbolCollector,
  letters: SymbolCollector,
  options: IpaDictionaryOptions,
): ReadonlySet<string> {
  const symbols = new Set<string>();
  for (const phone of phones.symbols()) {
    const isStress = phone === "ˈ" || phone === "ˌ";
    if (!/\s/.test(phone) && (options.useStresses || !isStress)) symbols.add(phone);
  }
  for (const letter of letters.symbols()) {
    for (const grapheme of foldGraphemes(letter, options.graphemeCase)) {
      if (GRAPHEME.test(grapheme)) symbols.add(options.graphemePrefix + grapheme);
    }
  }
  return symbols;
}

/** Which code points occur; a table, because a set of millions of strings is slow. */
class SymbolCollector {
  readonly #seen = new Uint8Array(0x110000);

  add(text: string, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const code = text.codePointAt(at) as number;
      this.#seen[code] = 1;
      if (code > 0xffff) at++;
    }
  }

  symbols(): string[] {
    const found: string[] = [];
    this.#seen.forEach((seen, code) => {
      if (seen === 1) found.push(String.fromCodePoint(code));
    });
    return found;
  }
}

function checkUtf8(text: string, place: string): void {
  const wrong = text.indexOf("\ufffd");
  if (wrong < 0) return;
  throw new ToolError("INVALID_FILE", "dictionary: expected UTF-8, got other bytes", {
    at: [place, `line ${text.slice(0, wrong).split("\n").length}`],
    hint: "an IPA dictionary must be UTF-8; convert it, or check that it is the right file",
  });
}
