/**
 * The tokens that a spectrogram model knows, in the order of its embedding table: NeMo builds the
 * list from the tokenizer's options, nemo2riva writes it as `mapping.txt`. Both give the same.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { PhoneAlphabet } from "../g2p/g2p.ts";

export const PAD = "<pad>";
export const BLANK = "<blank>";
export const OOV = "<oov>";
export const SPACE = " ";

export interface SpeechVocabulary {
  /** By id. */
  readonly tokens: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
  readonly space: number;
  /** Fills shorter rows of a batch; its embedding is zero. */
  readonly pad: number;
  readonly oov: number | undefined;
  readonly blank: number | undefined;
}

/** Where `<blank>` stands: nowhere, before or after `<oov>`. */
export type BlankPlace = "none" | "before-oov" | "last";

/** NeMo's default punctuation (`DEFAULT_PUNCTUATION`, `PUNCT_LIST`). */
export const DEFAULT_PUNCTUATION: readonly string[] = Array.from(',.!?-:;/"()[]{}');

const CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split(" ");
const VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split(" ");
const LOWER_CASE_LETTERS: readonly string[] = Array.from("abcdefghijklmnopqrstuvwxyz");

/** Tokens as a vocabulary. @throws ToolError INVALID_CONFIG without a blank character or `<pad>`. */
export function speechVocabulary(tokens: readonly string[], place: string): SpeechVocabulary {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return {
    tokens,
    ids,
    space: required(ids, SPACE, place),
    pad: required(ids, PAD, place),
    oov: ids.get(OOV),
    blank: ids.get(BLANK),
  };
}

export interface ListedTokens {
  readonly silence: string | undefined;
  readonly apostrophe: boolean;
  /** Empty without punctuation. */
  readonly punctuation: readonly string[];
  readonly oov: string;
  readonly blankPlace: BlankPlace;
}

/** Tokens of `EnglishCharsTokenizer`. */
export function englishCharsTokens(options: ListedTokens): string[] {
  return [SPACE, ...LOWER_CASE_LETTERS, ...marks(options), ...utilityTokens(options)];
}

/** Tokens of `EnglishPhonemesTokenizer`. */
export function arpabetTokens(
  options: ListedTokens & { readonly stresses: boolean; readonly chars: boolean },
): string[] {
  const { silence, stresses, chars } = options;
  return [
    SPACE,
    ...(silence === undefined ? [] : [silence]),
    ...CONSONANTS,
    ...VOWELS.flatMap((vowel) => (stresses ? ["0", "1", "2"].map((n) => vowel + n) : [vowel])),
    ...(chars ? LOWER_CASE_LETTERS : []),
    ...marks(options),
    ...utilityTokens(options),
  ];
}

/** Tokens of `IPATokenizer`: all but the utility tokens in the order of their code points. */
export function ipaTokens(options: ListedTokens, symbols: ReadonlySet<string>): string[] {
  const { silence } = options;
  return [
    ...[...new Set([...symbols, ...marks(options)])].sort(compareCodePoints),
    SPACE,
    ...(silence === undefined ? [] : [silence]),
    ...utilityTokens(options),
  ];
}

/** Which alphabet the phones of a vocabulary are in; `undefined` if it has letters only. */
export function alphabetOf(vocabulary: SpeechVocabulary): PhoneAlphabet | undefined {
  if (vocabulary.ids.has("ZH") && vocabulary.ids.has("HH")) return "arpabet";
  return vocabulary.tokens.some((token) => /^[ˈəɪɹʊ]$/.test(token)) ? "ipa" : undefined;
}

function marks({ apostrophe, punctuation }: ListedTokens): string[] {
  return [...(apostrophe ? ["'"] : []), ...punctuation];
}

function utilityTokens({ blankPlace, oov }: ListedTokens): string[] {
  if (blankPlace === "none") return [PAD, oov];
  return blankPlace === "last" ? [PAD, oov, BLANK] : [PAD, BLANK, oov];
}

function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let n = 0; n < Math.min(left.length, right.length); n++) {
    const difference =
      ((left[n] as string).codePointAt(0) as number) -
      ((right[n] as string).codePointAt(0) as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function required(ids: ReadonlyMap<string, number>, token: string, place: string): number {
  const id = ids.get(token);
  if (id !== undefined) return id;
  throw new ToolError("INVALID_CONFIG", `speech tokens: expected a token "${token}", got none`, {
    at: place,
    hint: "the token list is not of a NeMo speech synthesis model; export it again with nemo2riva",
  });
}
