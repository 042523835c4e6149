/**
 * The whole text side of speech synthesis: a request's text, plain or SSML, to sentences of token
 * ids with the wanted prosody for each id. Everything is decided here; the networks get numbers.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { CustomDictionary } from "../g2p/g2p.ts";
import type { Abbreviations } from "../normalisation/abbreviations-file.ts";
import { englishNormaliser, type Normaliser } from "../normalisation/normalise.ts";
import { speakAs } from "../normalisation/say-as.ts";
import { splitSentences, type Sentence } from "../sentences/split.ts";
import { parseCustomDictionary } from "../speech-tokens/custom-dictionary.ts";
import { parsePhonemes, phoneSet, type PhoneSet } from "../speech-tokens/phonemes.ts";
import type { SpeechTokenizer } from "../speech-tokens/tokenizer.ts";
import type { Prosody } from "../ssml/prosody.ts";
import { segmentsOf, type Segment, type SpokenSpan } from "./segments.ts";

export interface SpeechFrontEndOptions {
  readonly tokenizer: SpeechTokenizer;
  readonly abbreviations?: Abbreviations;
  /** Longest sentence in UTF-16 units before normalisation; longer ones are cut at clauses. */
  readonly maxSentenceLength: number;
}

export interface SpeechSentence {
  /** As it is spoken: the processed text of the response. */
  readonly text: string;
  readonly ids: readonly number[];
  /** For each id how it is to be spoken. */
  readonly prosody: readonly Prosody[];
  /** Silence after it. */
  readonly pauseSeconds: number;
  /** Symbols that the voice has no token for; they are not spoken. */
  readonly unknown: readonly string[];
}

export interface SpeechFrontEnd {
  /**
   * The sentences in order; none if nothing can be spoken. A sentence without ids is a pause.
   * @param customDictionary as the request has it: `word  phonemes,word  phonemes`.
   * @throws ToolError INVALID_REQUEST or LIMIT_EXCEEDED
   */
  prepare(text: string, customDictionary?: string): SpeechSentence[];
}

interface Voice {
  readonly tokenizer: SpeechTokenizer;
  readonly phones: PhoneSet | undefined;
  readonly normalise: Normaliser;
  readonly maxSentenceLength: number;
}

/** A piece of a sentence with one prosody. */
interface Piece {
  readonly text: string;
  readonly symbols: readonly string[];
  readonly prosody: Prosody;
}

export function speechFrontEnd(options: SpeechFrontEndOptions): SpeechFrontEnd {
  const { tokenizer, abbreviations, maxSentenceLength } = options;
  const { g2p } = tokenizer;
  const voice: Voice = {
    tokenizer,
    phones: phoneSet(tokenizer.vocabulary),
    normalise: englishNormaliser({
      ...(abbreviations === undefined ? {} : { abbreviations }),
      ...(g2p === undefined ? {} : { isWord: (word) => g2p.has(word) }),
    }),
    maxSentenceLength,
  };
  return {
    prepare(text, customDictionary = "") {
      const custom = customEntries(customDictionary, voice);
      return segmentsOf(text).flatMap((segment) => sentencesOf(segment, voice, custom));
    },
  };
}

function customEntries(text: string, { tokenizer, phones }: Voice): CustomDictionary | undefined {
  if (text.trim() === "") return undefined;
  if (phones === undefined || tokenizer.g2p === undefined) throw noPhonemes("custom_dictionary");
  return parseCustomDictionary(text, tokenizer.g2p.fold, phones);
}

function sentencesOf(
  { spans, pauseSeconds }: Segment,
  voice: Voice,
  custom: CustomDictionary | undefined,
): SpeechSentence[] {
  const surfaces = spans.map(surfaceOf);
  const placed = placeSpans(spans, surfaces);
  let firstOpen = 0;
  const sentences = splitSentences(surfaces.join(""), { maxLength: voice.maxSentenceLength })
    .map((sentence) => {
      while ((placed[firstOpen]?.end ?? Infinity) <= sentence.start) firstOpen++;
      const parts = partsOf(sentence, placed, firstOpen);
      return encode(
        parts.map((part) => pieceOf(part, voice, custom)),
        voice,
      );
    })
    .filter(({ text, ids }) => ids.length > 0 && /[\p{L}\p{N}]/u.test(text));
  if (pauseSeconds === 0) return sentences;
  const last = sentences.pop() ?? { text: "", ids: [], prosody: [], unknown: [], pauseSeconds };
  return [...sentences, { ...last, pauseSeconds }];
}

/** What sentences are looked for in: nothing in a phoneme or say-as element may end one. */
function surfaceOf(span: SpokenSpan): string {
  return span.kind === "text" ? span.text : "x".repeat(Math.max(1, span.text.length));
}

interface PlacedSpan {
  readonly span: SpokenSpan;
  readonly start: number;
  readonly end: number;
}

function placeSpans(spans: readonly SpokenSpan[], surfaces: readonly string[]): PlacedSpan[] {
  let end = 0;
  return spans.map((span, n) => {
    const start = end;
    end += (surfaces[n] as string).length;
    return { span, start, end };
  });
}

/** The spans within the sentence; one that cannot be cut belongs all to where it begins. */
function partsOf(sentence: Sentence, placed: readonly PlacedSpan[], first: number): SpokenSpan[] {
  const parts: SpokenSpan[] = [];
  for (let n = first; n < placed.length; n++) {
    const { span, start, end } = placed[n] as PlacedSpan;
    if (start >= sentence.end) break;
    if (span.kind === "text") {
      const from = Math.max(start, sentence.start) - start;
      parts.push({ ...span, text: span.text.slice(from, Math.min(end, sentence.end) - start) });
    } else if (start >= sentence.start) {
      parts.push(span);
    }
  }
  return parts;
}

function pieceOf(span: SpokenSpan, voice: Voice, custom: CustomDictionary | undefined): Piece {
  const { prosody } = span;
  if (span.kind === "phonemes") {
    return { text: span.text || "phonemes", symbols: givenPhonemes(span, voice), prosody };
  }
  const words =
    span.kind === "say-as"
      ? speakAs(span.text, span.interpretAs, span.format, voice.normalise)
      : voice.normalise(span.text);
  const before = /^\s/.test(span.text) ? " " : "";
  const after = /\s$/.test(span.text) ? " " : "";
  const text = before + words + after;
  return { text, symbols: voice.tokenizer.symbols(text, custom), prosody };
}

function givenPhonemes(
  span: Extract<SpokenSpan, { readonly kind: "phonemes" }>,
  { phones }: Voice,
): string[] {
  if (phones === undefined) throw noPhonemes("<phoneme>");
  if (phones.alphabet === span.alphabet) return parsePhonemes(span.phonemes, phones, "<phoneme>");
  const expected = phones.alphabet === "ipa" ? "ipa" : "x-arpabet";
  throw new ToolError("INVALID_REQUEST", `SSML: expected alphabet ${expected} for this voice`, {
    at: "<phoneme>",
    hint: "write the phonemes in the alphabet that the voice was trained with",
  });
}

function encode(pieces: readonly Piece[], { tokenizer }: Voice): SpeechSentence {
  const symbols = pieces.flatMap((piece) => piece.symbols);
  const owners = pieces.flatMap((piece) => piece.symbols.map(() => piece.prosody));
  const { ids, sources, unknown } = tokenizer.encodeSymbols(symbols);
  const last = sources.findLast((source) => source >= 0) ?? 0;
  const first = sources.find((source) => source >= 0) ?? 0;
  const hasText = sources.some((source) => source >= 0);
  return {
    text: pieces
      .map((piece) => piece.text)
      .join("")
      .replace(/\s+/g, " ")
      .trim(),
    ids: hasText ? ids : [],
    prosody: hasText
      ? sources.map(
          (source, n) => owners[source < 0 ? (n === 0 ? first : last) : source] as Prosody,
        )
      : [],
    pauseSeconds: 0,
    unknown,
  };
}

function noPhonemes(place: string): ToolError {
  return new ToolError("INVALID_REQUEST", "this voice reads letters, not phonemes", {
    at: place,
    hint: "leave the phonemes out and spell the word as it sounds",
  });
}
