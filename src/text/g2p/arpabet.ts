/**
 * English words to ARPABET phones, rule for rule as NeMo's `EnglishG2p` at inference
 * (`tts/g2p/models/en_us_arpabet.py` of NeMo 2.4): heteronyms stay letters, a missing `'s` or `s`
 * form is the stem and Z, ambiguous words may stay letters, hyphenated words go part by part.
 */
import type { PronunciationDictionary } from "./dictionary.ts";
import { codePoints, type CustomDictionary, type G2p } from "./g2p.ts";
import { splitWords } from "./words.ts";

export interface ArpabetG2pOptions {
  readonly dictionary: PronunciationDictionary;
  /** Words that only their sentence tells how to speak: they stay letters. */
  readonly heteronyms: ReadonlySet<string>;
  /** Words with several pronunciations stay letters. NeMo's default: true. */
  readonly ignoreAmbiguousWords: boolean;
}

const SPOKEN = /[a-zA-ZÀ-ÿ\p{Nd}]/u;

export function arpabetG2p(options: ArpabetG2pOptions): G2p {
  return {
    alphabet: "arpabet",
    fold: (word) => word.toLowerCase(),
    has: (word) => options.dictionary.has(word.toLowerCase()),
    symbols: (text, custom) =>
      splitWords(text, "ascii").flatMap(({ kind, text: part }) => {
        if (kind === "literal") return part.split(" ");
        return kind === "other" ? codePoints(part) : spellOut(part.toLowerCase(), options, custom);
      }),
  };
}

function spellOut(
  word: string,
  options: ArpabetG2pOptions,
  custom: CustomDictionary | undefined,
): readonly string[] {
  const whole = phonesOf(word, options, custom);
  if (whole !== undefined) return whole;
  return word
    .split("-")
    .flatMap((part, n) => [
      ...(n === 0 ? [] : ["-"]),
      ...(phonesOf(part, options, custom) ?? codePoints(part)),
    ]);
}

/** `undefined`: no rule knows the word. */
function phonesOf(
  word: string,
  options: ArpabetG2pOptions,
  custom: CustomDictionary | undefined,
): readonly string[] | undefined {
  const own = custom?.get(word);
  if (own !== undefined) return own;
  if (!SPOKEN.test(word) || options.heteronyms.has(word)) return codePoints(word);
  if (!options.dictionary.has(word)) {
    for (const ending of ["'s", "s"]) {
      if (!word.endsWith(ending) || word.length === ending.length) continue;
      const stem = word.slice(0, -ending.length);
      const phones = custom?.get(stem) ?? unambiguous(stem, options);
      if (phones !== undefined) return [...phones, "Z"];
    }
  }
  return unambiguous(word, options);
}

function unambiguous(word: string, options: ArpabetG2pOptions): string[] | undefined {
  const { dictionary, ignoreAmbiguousWords } = options;
  if (ignoreAmbiguousWords && !dictionary.isUnique(word)) return undefined;
  return dictionary.first(word);
}
