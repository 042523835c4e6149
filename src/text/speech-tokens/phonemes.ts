/**
 * Phonemes that a user wrote, in SSML's `phoneme` or in a custom dictionary, as symbols of the
 * model: ARPABET as `{@HH}{@AH0}` (Riva's way) or `HH AH0`, IPA as it is written.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { PhoneAlphabet } from "../g2p/g2p.ts";
import { isPhone } from "./mapping.ts";
import { alphabetOf, type SpeechVocabulary } from "./vocabulary.ts";

/** The phones that a voice has tokens for. */
export interface PhoneSet {
  readonly alphabet: PhoneAlphabet;
  readonly phones: ReadonlySet<string>;
}

const ARPABET_SEPARATORS = /[\s{}@]+/;
const BARE_VOWEL = /^[AEIOU][A-Z]$/;
const STRESSED_VOWEL = /^[AEIOU][A-Z][0-2]$/;
/** Marks between syllables and words, which no model has tokens for. */
const IPA_SEPARATORS = /[\s.‿|]/g;
/** Keyboard letters that stand for an IPA symbol. */
const IPA_STAND_INS: Readonly<Record<string, string>> = { g: "ɡ", ":": "ː", "'": "ˈ" };

/** `undefined` for a vocabulary of letters only. */
export function phoneSet(vocabulary: SpeechVocabulary): PhoneSet | undefined {
  const alphabet = alphabetOf(vocabulary);
  if (alphabet === undefined) return undefined;
  const phones = vocabulary.tokens.filter((token) => isPhone(token, alphabet));
  return { alphabet, phones: new Set(phones) };
}

/**
 * @param place what the phonemes belong to, for the error.
 * @throws ToolError INVALID_REQUEST if there are none, or one that the voice does not have.
 */
export function parsePhonemes(
  text: string,
  { alphabet, phones }: PhoneSet,
  place: string,
): string[] {
  const written =
    alphabet === "arpabet"
      ? text.split(ARPABET_SEPARATORS).filter((phone) => phone !== "")
      : Array.from(text.normalize("NFC").replace(IPA_SEPARATORS, ""));
  if (written.length === 0) throw wrongPhonemes("phonemes", "none", alphabet, place);
  return written.map((phone) => {
    const known = candidates(phone, alphabet).find((candidate) => phones.has(candidate));
    if (known !== undefined) return known;
    throw wrongPhonemes("phonemes of the voice", JSON.stringify(phone), alphabet, place);
  });
}

/** The phone itself, then what it may be meant to be. */
function candidates(phone: string, alphabet: PhoneAlphabet): string[] {
  if (alphabet === "ipa") return [phone, IPA_STAND_INS[phone] ?? phone];
  const upper = phone.toUpperCase();
  if (BARE_VOWEL.test(upper)) return [upper, `${upper}0`];
  return STRESSED_VOWEL.test(upper) ? [upper, upper.slice(0, 2)] : [upper];
}

function wrongPhonemes(
  expected: string,
  got: string,
  alphabet: PhoneAlphabet,
  place: string,
): ToolError {
  const example = alphabet === "ipa" ? "həˈloʊ" : "{@HH}{@AH0}{@L}{@OW1}";
  return new ToolError("INVALID_REQUEST", `expected ${expected}, got ${got}`, {
    at: place,
    hint: `this voice speaks ${alphabet === "ipa" ? "IPA" : "ARPABET"}, such as ${example}`,
  });
}
