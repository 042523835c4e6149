/**
 * SentencePiece models as tokenizers, with the results of the original library. Special tokens
 * that a configuration names but the model lacks get ids after the last piece, in the order of
 * the configuration, and are recognised in text: so does NeMo.
 */
import { unreachable } from "../../errors/tool-error.ts";
import type { SentencePieceModel } from "../../tensor/sentence-piece-model.ts";
import { encodeUtf8 } from "../utf8.ts";
import { EncodingBuilder } from "./encoding-builder.ts";
import type { NormalizedSentence } from "./sentence-piece-normalizer.ts";
import { SentenceNormalizer } from "./sentence-piece-normalizer.ts";
import { bpeCutter } from "./sentence-piece-bpe.ts";
import type { Cut, Cutter } from "./sentence-piece-cut.ts";
import { createPieceTable, type PieceTable } from "./sentence-piece-pieces.ts";
import { decodePieces } from "./sentence-piece-text.ts";
import { characterCutter, wordCutter } from "./sentence-piece-words.ts";
import { createSpecialSplitter, type SpecialSplitter } from "./special-splitter.ts";
import type { Encoding, SpecialIds, SpecialRole, SpecialTokens, Tokenizer } from "./tokenizer.ts";
import { unigramCutter } from "./unigram.ts";

export interface SentencePieceOptions {
  /**
   * Special tokens by role, in the order of NeMo's `tokenizer.special_tokens`; default: only what
   * the model itself knows (unknown, bos, eos, pad).
   */
  readonly specialTokens?: SpecialTokens;
}

/** @throws ToolError UNSUPPORTED for a byte-pair model with unused pieces. */
export function createSentencePiece(
  model: SentencePieceModel,
  options: SentencePieceOptions = {},
): Tokenizer {
  return new SentencePiece(model, options);
}

class SentencePiece implements Tokenizer {
  readonly specials: SpecialIds;
  readonly #model: SentencePieceModel;
  readonly #table: PieceTable;
  readonly #normalizer: SentenceNormalizer;
  readonly #cut: Cutter;
  readonly #byteIds: readonly number[];
  /** Tokens after the last piece. */
  readonly #added = new Map<string, number>();
  readonly #split: SpecialSplitter;

  constructor(model: SentencePieceModel, { specialTokens = {} }: SentencePieceOptions) {
    this.#model = model;
    this.#table = createPieceTable(model);
    this.#normalizer = new SentenceNormalizer(model, this.#table.userDefined);
    this.#cut = makeCutter(model, this.#table);
    this.#byteIds = Array.from({ length: 256 }, (_, byte) => {
      const digits = byte.toString(16).toUpperCase().padStart(2, "0");
      return this.#table.idOf(`<0x${digits}>`) ?? this.#table.unknownId;
    });
    for (const token of Object.values(specialTokens)) {
      // the unknown token counts as missing too, as in NeMo
      const id = this.#table.idOf(token) ?? this.#table.unknownId;
      if (id === this.#table.unknownId && !this.#added.has(token)) {
        this.#added.set(token, this.vocabularySize);
      }
    }
    this.#split = createSpecialSplitter(this.#added);
    this.specials = this.#findSpecials(specialTokens);
  }

  get vocabularySize(): number {
    return this.#table.texts.length + this.#added.size;
  }

  idOf(token: string): number | undefined {
    return this.#added.get(token) ?? this.#table.idOf(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#table.texts[id] ?? [...this.#added.keys()][id - this.#table.texts.length];
  }

  encode(text: string): Encoding {
    const result = new EncodingBuilder();
    for (const { start, end, id } of this.#split(text)) {
      if (id !== undefined) {
        result.push(id, this.tokenOf(id) as string, start, end);
        continue;
      }
      const sentence = this.#normalizer.normalize(text.slice(start, end));
      this.#pushPieces(sentence, this.#cut(sentence.text), start, result);
    }
    return result;
  }

  decode(ids: readonly number[]): string {
    if (this.#added.size === 0) return decodePieces(ids, this.#table, this.#model);
    const stretches: number[][] = [[]];
    for (const id of ids) {
      if (id >= this.#table.texts.length) stretches.push([]);
      else stretches.at(-1)?.push(id);
    }
    return stretches
      .map((stretch) => decodePieces(stretch, this.#table, this.#model))
      .filter((text) => text !== "")
      .join(" ");
  }

  /** Unknown pieces become bytes, or one token for all that follow each other. */
  #pushPieces(
    sentence: NormalizedSentence,
    cut: Cut,
    offset: number,
    result: EncodingBuilder,
  ): void {
    const { text, end: sentenceEnd } = sentence;
    const { unknownId, texts } = this.#table;
    let begin = 0;
    let isAfterUnknown = false;
    for (let i = 0; i < cut.ids.length; i++) {
      const id = cut.ids[i] as number;
      const end = cut.ends[i] as number;
      const start = offset + (text.starts[begin] as number);
      const stop = offset + (end < text.length ? (text.starts[end] as number) : sentenceEnd);
      const isUnknown = id === unknownId;
      if (!isUnknown) result.push(id, texts[id] as string, start, stop);
      else if (this.#model.byteFallback)
        this.#pushBytes(text.text(begin, end), start, stop, result);
      else if (isAfterUnknown) result.extendLast(text.text(begin, end), stop);
      else result.push(id, text.text(begin, end), start, stop);
      isAfterUnknown = isUnknown;
      begin = end;
    }
  }

  /** Only the last byte covers the character, as in the original. */
  #pushBytes(text: string, start: number, stop: number, result: EncodingBuilder): void {
    const bytes = encodeUtf8(text);
    bytes.forEach((byte, i) => {
      const id = this.#byteIds[byte] as number;
      result.push(
        id,
        this.#table.texts[id] as string,
        start,
        i === bytes.length - 1 ? stop : start,
      );
    });
  }

  #findSpecials(specialTokens: SpecialTokens): SpecialIds {
    const found: { [R in SpecialRole]?: number } = { unk: this.#table.unknownId };
    const { bosPiece, eosPiece, padPiece } = this.#model;
    const controls = { bos: bosPiece, eos: eosPiece, pad: padPiece };
    for (const [role, token] of Object.entries(controls) as [SpecialRole, string][]) {
      const id = this.#table.idOf(token);
      if (id !== undefined && this.#table.kinds[id] === "control") found[role] = id;
    }
    for (const [role, token] of Object.entries(specialTokens) as [SpecialRole, string][]) {
      const id = this.idOf(token);
      if (id !== undefined && role !== "unk") found[role] = id;
    }
    return found;
  }
}

function makeCutter({ algorithm }: SentencePieceModel, table: PieceTable): Cutter {
  switch (algorithm) {
    case "unigram":
      return unigramCutter(table);
    case "bpe":
      return bpeCutter(table);
    case "word":
      return wordCutter(table);
    case "char":
      return characterCutter(table);
    default:
      return unreachable(algorithm);
  }
}
