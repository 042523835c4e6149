/**
 * From the tokens of an answer back to the words of the passage. The tokens have lost case and
 * accents; the same loss is done to the words once more, and where both have the same characters,
 * the answer's place is counted off. Where that fails all of the words are the answer. So does
 * NeMo, whose answers sometimes begin or end inside of a word.
 */
import { basicTokens } from "../tokenizers/basic-tokens.ts";
import { findWords } from "./words.ts";

/** WordPiece tokens as one text: pieces glued to their words. */
export function joinPieces(tokens: readonly string[]): string {
  const glued = tokens.join(" ").replaceAll(" ##", "").replaceAll("##", "");
  return findWords(glued)
    .map(({ start, end }) => glued.slice(start, end))
    .join(" ");
}

/** The part of the words that an answer's pieces (joined) stand for. */
export type AnswerFinder = (pieces: string) => string;

/** Prepares `words` (joined by spaces) for many answers out of them. */
export function answerFinder(words: string, lowerCase: boolean): AnswerFinder {
  const normalised = basicTokens(words, lowerCase).join(" ");
  const original = characterPlaces(words);
  const places = characterPlaces(normalised);
  if (original.starts.length !== places.starts.length) return () => words;
  return (pieces) => {
    const at = normalised.indexOf(pieces);
    if (pieces === "" || at < 0) return words;
    const first = places.numbers[at] ?? -1;
    const last = places.numbers[at + pieces.length - 1] ?? -1;
    if (first < 0 || last < 0) return words;
    return words.slice(original.starts[first], original.ends[last]);
  };
}

interface CharacterPlaces {
  /** Of each character that is no space: its first and last-plus-one UTF-16 unit. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Of each unit: the number of its character among those, -1 for a space. */
  readonly numbers: Int32Array;
}

function characterPlaces(text: string): CharacterPlaces {
  const starts: number[] = [];
  const ends: number[] = [];
  const numbers = new Int32Array(text.length).fill(-1);
  let at = 0;
  for (const character of text) {
    const end = at + character.length;
    if (character !== " ") {
      numbers.fill(starts.length, at, end);
      starts.push(at);
      ends.push(end);
    }
    at = end;
  }
  return { starts, ends, numbers };
}
