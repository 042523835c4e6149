/**
 * WordPiece as in BERT, with the results of the slow `BertTokenizer`, which NeMo uses. The fast
 * (Rust) one differs in two ways: it does not apply NFC, so cased decomposed text comes out
 * differently, and it does not take a word for a special token that only becomes one when
 * control characters are dropped.
 */
import { DROPPED, IDEOGRAPH, kindOf, PUNCTUATION, SPACE } from "./bert-characters.ts";
import { BertNormalizer } from "./bert-normalizer.ts";
import { EncodingBuilder } from "./encoding-builder.ts";
import { requiredSpecial } from "./model-input.ts";
import { NormalizedText } from "./normalized-text.ts";
import { createSpecialSplitter, type SpecialSplitter } from "./special-splitter.ts";
import type { Encoding, SpecialIds, SpecialTokens, Tokenizer } from "./tokenizer.ts";
import { NO_NODE, Trie } from "./trie.ts";
import { createVocabulary, findSpecials, type Vocabulary } from "./vocabulary.ts";

export interface WordPieceOptions {
  /** Tokens by id: the lines of `vocab.txt`. */
  readonly vocabulary: readonly string[];
  /** An `uncased` model: text is lowered and, unless said otherwise, loses its accents. */
  readonly lowerCase: boolean;
  /** Default: as `lowerCase`. */
  readonly stripAccents?: boolean;
  /** Default: BERT's `[PAD]`, `[UNK]` and so on; `[CLS]` and `[SEP]` are also bos and eos. */
  readonly specialTokens?: SpecialTokens;
}

const BERT_SPECIAL_TOKENS: SpecialTokens = {
  pad: "[PAD]",
  unk: "[UNK]",
  cls: "[CLS]",
  sep: "[SEP]",
  mask: "[MASK]",
  bos: "[CLS]",
  eos: "[SEP]",
};

/** A longer word is unknown, whatever it is made of; counted in characters. */
const MAX_WORD_CHARACTERS = 100;

/** @throws ToolError INVALID_CONFIG if the vocabulary has no unknown token. */
export function createWordPiece(options: WordPieceOptions): Tokenizer {
  return new WordPiece(options);
}

class WordPiece implements Tokenizer {
  readonly specials: SpecialIds;
  readonly #vocabulary: Vocabulary;
  readonly #trie: Trie;
  /** Where the entries that continue a word begin. */
  readonly #continuation: number;
  readonly #normalizer: BertNormalizer;
  readonly #split: SpecialSplitter;
  readonly #unknownId: number;
  /** Special tokens by text; what a word must not be split into. */
  readonly #specialIds: ReadonlyMap<string, number>;
  readonly #lowerCase: boolean;

  constructor({ vocabulary, lowerCase, stripAccents, specialTokens }: WordPieceOptions) {
    this.#vocabulary = createVocabulary(vocabulary);
    this.specials = findSpecials(this.#vocabulary, specialTokens ?? BERT_SPECIAL_TOKENS);
    this.#unknownId = requiredSpecial(this.specials, "unk");
    this.#specialIds = new Map(
      Object.values(this.specials).map((id) => [vocabulary[id] as string, id]),
    );
    this.#trie = new Trie(vocabulary.map((token, id) => [token, id]));
    this.#continuation = this.#trie.walk("##");
    this.#lowerCase = lowerCase;
    this.#normalizer = new BertNormalizer({ lowerCase, stripAccents: stripAccents ?? lowerCase });
    this.#split = createSpecialSplitter(this.#specialIds);
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
    const result = new EncodingBuilder();
    for (const { start, end, id } of this.#split(text)) {
      if (id === undefined) this.#encodeSegment(text, start, end, result);
      else result.push(id, this.tokenOf(id) as string, start, end);
    }
    return result;
  }

  /** As NeMo's `ids_to_text`: words joined by spaces, punctuation included. */
  decode(ids: readonly number[]): string {
    return ids
      .map((id) => this.tokenOf(id))
      .filter((token) => token !== undefined && !this.#specialIds.has(token))
      .join(" ")
      .replaceAll(" ##", "")
      .trim();
  }

  #encodeSegment(text: string, start: number, end: number, result: EncodingBuilder): void {
    const run = new NormalizedText();
    let isAscii = true;
    const finish = (): void => {
      if (run.length > 0) this.#encodeRun(run, isAscii, result);
      run.length = 0;
      isAscii = true;
    };
    for (let at = start; at < end;) {
      const unit = text.charCodeAt(at);
      const codePoint = unit < 0xd800 ? unit : (text.codePointAt(at) as number);
      const next = at + (codePoint > 0xffff ? 2 : 1);
      const kind = kindOf(codePoint);
      if (kind === SPACE) {
        finish();
      } else if (kind === IDEOGRAPH) {
        finish();
        isAscii = false;
        this.#normalizer.append(run, codePoint, at, next);
        finish();
      } else {
        if (codePoint >= 0x80 || kind === DROPPED) isAscii = false;
        if (kind !== DROPPED) this.#normalizer.append(run, codePoint, at, next);
      }
      at = next;
    }
    finish();
  }

  /** Characters between spaces: words and punctuation. */
  #encodeRun(raw: NormalizedText, isAscii: boolean, result: EncodingBuilder): void {
    const run = isAscii ? raw : this.#normalizer.compose(raw);
    if (!isAscii && !this.#lowerCase && this.#encodeHiddenSpecial(run, result)) return;
    const { units, length } = run;
    let wordStart = 0;
    for (let at = 0; at < length;) {
      const codePoint = codePointAt(units, at, length);
      const next = at + (codePoint > 0xffff ? 2 : 1);
      if (kindOf(codePoint) === PUNCTUATION) {
        if (at > wordStart) this.#encodeWord(run, wordStart, at, result);
        this.#encodeWord(run, at, next, result);
        wordStart = next;
      }
      at = next;
    }
    if (length > wordStart) this.#encodeWord(run, wordStart, length, result);
  }

  #encodeHiddenSpecial(run: NormalizedText, result: EncodingBuilder): boolean {
    const id = this.#specialIds.get(run.text());
    if (id === undefined) return false;
    const end = run.ends[run.length - 1] as number;
    result.push(id, this.tokenOf(id) as string, run.starts[0] as number, end);
    return true;
  }

  /** Takes the longest entry, then the longest that continues it, and so on. */
  #encodeWord(run: NormalizedText, from: number, to: number, result: EncodingBuilder): void {
    const { units, starts, ends } = run;
    const trie = this.#trie;
    const countBefore = result.ids.length;
    let at = isTooLong(units, from, to) ? to + 1 : from;
    while (at < to) {
      let node = at === from ? 0 : this.#continuation;
      let id = -1;
      let end = at;
      for (let i = at; i < to && node !== NO_NODE;) {
        node = trie.child(node, units[i] as number);
        if (node === NO_NODE) break;
        i++;
        if (trie.value(node) >= 0) {
          id = trie.value(node);
          end = i;
        }
      }
      if (id < 0) break;
      result.push(id, this.tokenOf(id) as string, starts[at] as number, ends[end - 1] as number);
      at = end;
    }
    if (at === to) return;
    result.truncate(countBefore);
    const unknown = this.tokenOf(this.#unknownId) as string;
    result.push(this.#unknownId, unknown, starts[from] as number, ends[to - 1] as number);
  }
}

function codePointAt(units: Uint16Array, at: number, length: number): number {
  const unit = units[at] as number;
  if (unit < 0xd800 || unit > 0xdbff || at + 1 >= length) return unit;
  return 0x10000 + ((unit - 0xd800) << 10) + ((units[at + 1] as number) - 0xdc00);
}

function isTooLong(units: Uint16Array, from: number, to: number): boolean {
  if (to - from <= MAX_WORD_CHARACTERS) return false;
  let characters = 0;
  for (let i = from; i < to; i++) {
    if (((units[i] as number) & 0xfc00) !== 0xdc00) characters++;
  }
  return characters > MAX_WORD_CHARACTERS;
}
