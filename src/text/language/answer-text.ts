/**
 * From the tokens of an answer back to the words of the passage. The tokens have lost case and
 * accents; the same loss is done to the words once more, and where both have the same characters,
 * the answer's place is counted off. Where that fails all of the words are the answer. So does
 * NeMo, whose answers sometimes begin or end inside of a word.
 */
import { findWords } from "./words.ts";
import { basicTokens } from "../tokenizers/basic-tokens.ts";

/** WordPiece tokens as one text: pieces glued to their words. */
export function joinPieces(tokens: readonly string[]): string {
  const glued = tokens.join(" ").replaceAll(" ##", "").replaceAll("##", "");
  return findWords(glued)
    .map(({ start, end }) => glued.slice(start, end))
    .join(" ");
}

/** The part of `words` (joined by spaces) that the tokens of the answer stand for. */
export function answerText(pieces: string, words: string, lowerCase: boolean): string {
  const normalised = [...basicTokens(words, lowerCase).join(" ")];
  const wanted = [...pieces];
  const at = findRun(normalised, wanted);
  if (at < 0) return words;
  const original = [...words];
  const places = placesWithoutSpaces(original);
  const normalisedPlaces = placesWithoutSpaces(normalised);
  if (places.length !== normalisedPlaces.length) return words;
  const first = normalisedPlaces.indexOf(at);
  const last = normalisedPlaces.indexOf(at + wanted.length - 1);
  if (first < 0 || last < 0) return words;
  return original.slice(places[first], (places[last] as number) + 1).join("");
}

function placesWithoutSpaces(characters: readonly string[]): number[] {
  return characters.flatMap((character, i) => (character === " " ? [] : [i]));
}

/** The first place where `run` stands in `text`, in characters. */
function findRun(text: readonly string[], run: readonly string[]): number {
  const unit = text.join("").indexOf(run.join(""));
  return unit < 0 ? -1 : Array.from(text.join("").slice(0, unit)).length;
}
