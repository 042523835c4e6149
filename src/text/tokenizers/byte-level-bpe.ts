/**
 * Byte-level byte-pair encoding as in GPT-2 and RoBERTa (`vocab.json` and `merges.txt`), with the
 * results of the slow `RobertaTokenizer`. NeMo gives it single words without a leading space, so
 * the vocabulary's `Ġ…` entries are then never used. Offsets leave spaces out, as in Hugging
 * Face's fast tokenizers.
 */
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";
import { BYTE_CHARACTERS, CHARACTER_BYTES } from "./byte-alphabet.ts";
import { byteLevelWordEnd, isStripped } from "./byte-level-words.ts";
import { EncodingBuilder } from "./encoding-builder.ts";
import { requiredSpecial } from "./model-input.ts";
import { byteLevelRules, type Merge } from "./byte-level-merges.ts";
import { mergePairs, type MergeRules } from "./pair-merge.ts";
import { createSpecialSplitter, type SpecialSplitter } from "./special-splitter.ts";
import type { Encoding, SpecialIds, SpecialTokens, Tokenizer } from "./tokenizer.ts";
import { findSpecials, type Vocabulary } from "./vocabulary.ts";
import { WordCache } from "./word-cache.ts";

export interface ByteLevelBpeOptions {
  readonly vocabulary: Vocabulary;
  /** Pairs in the order of their rank: the lines of `merges.txt`. */
  readonly merges: readonly Merge[];
  /** Treat the first word as if a space came before it; default: no. */
  readonly addPrefixSpace?: boolean;
  /** Default: RoBERTa's `<s>`, `</s>`, `<unk>`, `<pad>`, `<mask>`. */
  readonly specialTokens?: SpecialTokens;
}

const ROBERTA_SPECIAL_TOKENS: SpecialTokens = {
  bos: "<s>",
  eos: "</s>",
  cls: "<s>",
  sep: "</s>",
  unk: "<unk>",
  pad: "<pad>",
  mask: "<mask>",
};

/** @throws ToolError INVALID_CONFIG if the vocabulary has no unknown token. */
export function createByteLevelBpe(options: ByteLevelBpeOptions): Tokenizer {
  return new ByteLevelBpe(options);
}

/** A word's tokens, with offsets from its beginning. */
type WordPieces = Pick<Encoding, "ids" | "starts" | "ends">;

class ByteLevelBpe implements Tokenizer {
  readonly specials: SpecialIds;
  readonly #vocabulary: Vocabulary;
  readonly #rules: MergeRules;
  /** The symbol of each byte; symbols that are tokens have the token's id. */
  readonly #byteSymbols: readonly number[];
  readonly #split: SpecialSplitter;
  readonly #specialIds: ReadonlySet<number>;
  readonly #unknownId: number;
  readonly #addPrefixSpace: boolean;
  readonly #words = new WordCache((word) => this.#encodeWord(word));

  constructor({ vocabulary, merges, addPrefixSpace, specialTokens }: ByteLevelBpeOptions) {
    this.#vocabulary = vocabulary;
    this.#addPrefixSpace = addPrefixSpace ?? false;
    this.specials = findSpecials(vocabulary, specialTokens ?? ROBERTA_SPECIAL_TOKENS);
    this.#unknownId = requiredSpecial(this.specials, "unk");
    this.#specialIds = new Set(Object.values(this.specials));
    this.#split = createSpecialSplitter(
      new Map([...this.#specialIds].map((id) => [vocabulary.tokens[id] as string, id])),
    );
    const { rules, byteSymbols } = byteLevelRules(vocabulary, merges);
    this.#rules = rules;
    this.#byteSymbols = byteSymbols;
  }

  get vocabularySize(): number {
    return this.#vocabulary.tokens.length;
  }

  idOf(token: string): number | undefined {
    return this.#vocabulary.ids.get(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#vocabulary.tokens[id];
  }

  encode(text: string): Encoding {
    const isPrefixed = this.#addPrefixSpace && text !== "" && !isStripped(text, 0);
    const source = isPrefixed ? ` ${text}` : text;
    const shift = isPrefixed ? -1 : 0;
    const result = new EncodingBuilder();
    const segments = this.#split(source);
    segments.forEach(({ start, end, id }, i) => {
      if (id !== undefined) {
        result.push(id, this.tokenOf(id) as string, start + shift, end + shift);
        return;
      }
      // `<mask>` takes the white space before it, as if the mask were a word with its space
      const following = segments[i + 1]?.id;
      const isBeforeMask = following !== undefined && following === this.specials.mask;
      const limit = isBeforeMask ? trimmedEnd(source, start, end) : end;
      this.#encodeSegment(source.slice(start, limit), start + shift, result);
    });
    return result;
  }

  decode(ids: readonly number[]): string {
    const bytes: number[] = [];
    for (const id of ids) {
      if (this.#specialIds.has(id)) continue;
      for (const character of this.tokenOf(id) ?? "") {
        const byte = CHARACTER_BYTES.get(character);
        if (byte !== undefined) bytes.push(byte);
      }
    }
    return decodeUtf8(Uint8Array.from(bytes));
  }

  #encodeSegment(segment: string, offset: number, result: EncodingBuilder): void {
    for (let at = 0; at < segment.length;) {
      const end = byteLevelWordEnd(segment, at);
      const { ids, starts, ends } = this.#words.get(segment.slice(at, end));
      const base = at + offset;
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i] as number;
        const start = Math.max(0, base + (starts[i] as number));
        const stop = Math.max(0, base + (ends[i] as number));
        result.push(id, this.tokenOf(id) as string, start, stop);
      }
      at = end;
    }
  }

  #encodeWord(word: string): WordPieces {
    const symbols: number[] = [];
    /** The character (as a range of units) that each byte belongs to. */
    const charStarts: number[] = [];
    const charEnds: number[] = [];
    let at = 0;
    for (const character of word) {
      const end = at + character.length;
      for (const byte of encodeUtf8(character)) {
        symbols.push(this.#byteSymbols[byte] as number);
        charStarts.push(at);
        charEnds.push(end);
      }
      at = end;
    }
    const first = mergePairs(symbols, this.#rules);
    const ids = first.map((byte) => {
      const symbol = symbols[byte] as number;
      return symbol < this.vocabularySize ? symbol : this.#unknownId;
    });
    const starts = first.map((byte) => charStarts[byte] as number);
    const ends = first.map((_, i) => charEnds[(first[i + 1] ?? symbols.length) - 1] as number);
    ids.forEach((id, i) => {
      const token = this.tokenOf(id) as string;
      const start = Math.min((starts[i] as number) + spacesAtStart(token), ends[i] as number);
      ends[i] = Math.max((ends[i] as number) - spacesAtEnd(token), start);
      starts[i] = start;
    });
    return { ids, starts, ends };
  }
}

const SPACE_CHARACTER = BYTE_CHARACTERS[0x20];

function spacesAtStart(token: string): number {
  let count = 0;
  while (token[count] === SPACE_CHARACTER) count++;
  return count;
}

function spacesAtEnd(token: string): number {
  let count = 0;
  while (token[token.length - 1 - count] === SPACE_CHARACTER) count++;
  return count;
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isStripped(text, at - 1)) at--;
  return at;
}
