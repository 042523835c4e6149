/**
 * CMU dictionaries as NeMo's `EnglishG2p` reads them: Latin-1, a line counts if it begins with an
 * upper-case letter or an apostrophe, two blanks stand between the word and its phones, `(2)`
 * marks a variant, and words are compared in lower case.
 */
import { decodeLatin1 } from "../latin1.ts";
import {
  checkDictionarySize,
  findWords,
  PronunciationDictionary,
  type DictionaryFormat,
} from "./dictionary.ts";

const VARIANT = /\([0-9]+\)/g;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const APOSTROPHE = 0x27;

const format: DictionaryFormat = {
  expected: "an upper-case word, two blanks and phones",
  counts: (first) => (first >= UPPER_A && first <= UPPER_Z) || first === APOSTROPHE,
  parseLine(text, start, end) {
    const gap = text.indexOf("  ", start);
    if (gap < 0 || gap >= end) return undefined;
    let pronunciationStart = gap + 2;
    while (text[pronunciationStart] === " ") pronunciationStart++;
    const hasPhones = pronunciationStart < end && text[pronunciationStart] !== "\r";
    const spelling = text.slice(start, gap);
    const word = (spelling.includes("(") ? spelling.replace(VARIANT, "") : spelling).toLowerCase();
    return hasPhones && word !== "" ? { word, pronunciationStart } : undefined;
  },
  parsePronunciation(text, start, end) {
    const gap = text.indexOf("  ", start);
    const phones = text.slice(start, gap >= 0 && gap < end ? gap : end);
    return phones.trim().split(" ");
  },
};

/**
 * @param place name of the file for errors.
 * @throws ToolError INVALID_FILE with the number of a malformed line.
 */
export function readArpabetDictionary(bytes: Uint8Array, place: string): PronunciationDictionary {
  checkDictionarySize(bytes, place);
  const text = decodeLatin1(bytes);
  return new PronunciationDictionary(text, findWords(text, format, place), format);
}
