/**
 * Words to IPA symbols, rule for rule as NeMo's `IpaG2p` at inference
 * (`tts/g2p/models/i18n_ipa.py` of NeMo 2.4). Unlike ARPABET, letters are folded to
 * `graphemeCase`, may carry a prefix, and the plural ending depends on the stem's last letter.
 */
import {
  foldGraphemes,
  GRAPHEME,
  type GraphemeCase,
  type IpaDictionary,
} from "./ipa-dictionary.ts";
import { codePoints, type CustomDictionary, type G2p } from "./g2p.ts";
import { splitWords } from "./words.ts";

export interface IpaG2pOptions {
  readonly dictionary: IpaDictionary["dictionary"];
  readonly locale: string;
  readonly heteronyms: ReadonlySet<string>;
  readonly ignoreAmbiguousWords: boolean;
  readonly graphemeCase: GraphemeCase;
  readonly graphemePrefix: string;
}

export function ipaG2p(options: IpaG2pOptions): G2p {
  const fold = (word: string): string => foldGraphemes(word, options.graphemeCase);
  const heteronyms = new Set([...options.heteronyms].map(fold));
  const folded: IpaG2pOptions = { ...options, heteronyms };
  const isEnglish = options.locale === "en-US";
  return {
    alphabet: "ipa",
    fold,
    has: (word) => options.dictionary.has(fold(word)),
    symbols: (text, custom) =>
      splitWords(text.normalize("NFC"), isEnglish ? "ascii" : "latin").flatMap((part) => {
        if (part.kind === "literal") return prefixed(part.text.split(" "), options);
        const isWord = part.kind === "word";
        return spellOut(isEnglish && isWord ? part.text.toLowerCase() : part.text, folded, custom);
      }),
  };
}

function spellOut(
  word: string,
  options: IpaG2pOptions,
  custom: CustomDictionary | undefined,
): readonly string[] {
  const whole = phonesOf(word, options, custom);
  if (whole !== undefined) return whole;
  return word
    .split("-")
    .flatMap((part, n) => [
      ...(n === 0 ? [] : ["-"]),
      ...(phonesOf(part, options, custom) ?? graphemesOf(part, options)),
    ]);
}

/** `undefined`: no rule knows the word. */
function phonesOf(
  unfolded: string,
  options: IpaG2pOptions,
  custom: CustomDictionary | undefined,
): readonly string[] | undefined {
  const word = foldGraphemes(unfolded, options.graphemeCase);
  const own = custom?.get(word);
  if (own !== undefined) return own;
  if (!GRAPHEME.test(word)) return codePoints(word);
  if (options.heteronyms.has(word)) return graphemesOf(word, options);
  const inflected = options.locale === "en-US" ? inflectedPhones(word, options, custom) : undefined;
  return inflected ?? phonesOfKnown(word, options);
}

/** A form in `'s` or `s` of which only the stem is known. */
function inflectedPhones(
  word: string,
  options: IpaG2pOptions,
  custom: CustomDictionary | undefined,
): readonly string[] | undefined {
  const { dictionary } = options;
  if (dictionary.has(word) || dictionary.has(word.toUpperCase())) return undefined;
  for (const ending of ["'s", "s"]) {
    if (!word.toLowerCase().endsWith(ending) || word.length === ending.length) continue;
    const stem = word.slice(0, -ending.length);
    const phones = custom?.get(stem) ?? phonesOfStem(stem, options);
    if (phones !== undefined) return [...phones, ...endingPhones(stem, ending)];
  }
  return undefined;
}

function phonesOfStem(stem: string, options: IpaG2pOptions): string[] | undefined {
  const known = options.dictionary.has(stem) ? stem : stem.toUpperCase();
  return unambiguous(known, options);
}

/** /s/ after t; after s and an apostrophe /ɪz/; else /z/. NeMo looks at the letter, not the sound. */
function endingPhones(stem: string, ending: string): readonly string[] {
  const last = stem.slice(-1).toLowerCase();
  if (last === "t") return ["s"];
  return last === "s" && ending === "'s" ? ["ɪ", "z"] : ["z"];
}

function phonesOfKnown(word: string, options: IpaG2pOptions): string[] | undefined {
  const phones = unambiguous(word, options);
  if (phones !== undefined || options.graphemeCase !== "mixed") return phones;
  return options.dictionary.has(word) ? undefined : unambiguous(word.toUpperCase(), options);
}

function unambiguous(word: string, options: IpaG2pOptions): string[] | undefined {
  const { dictionary, ignoreAmbiguousWords } = options;
  if (ignoreAmbiguousWords && !dictionary.isUnique(word)) return undefined;
  return dictionary.first(word);
}

function graphemesOf(word: string, options: IpaG2pOptions): string[] {
  return prefixed(codePoints(foldGraphemes(word, options.graphemeCase)), options);
}

function prefixed(symbols: readonly string[], { graphemePrefix }: IpaG2pOptions): string[] {
  return symbols.map((symbol) => graphemePrefix + symbol);
}
