import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { tokenizerFixtures } from "../../../test/support/tokenizer-cases.ts";
import { testTokenizer } from "../../../test/support/tokenizer-suite.ts";
import { readSentencePiece } from "../../formats/sentencepiece/read.ts";
import { isToolError } from "../../errors/tool-error.ts";
import type { SentencePieceModel } from "../../tensor/sentence-piece-model.ts";
import { createSentencePiece } from "./sentence-piece.ts";

function readModel(name: string): ReturnType<typeof readSentencePiece> {
  return readSentencePiece(readFileSync(path.join(tokenizerFixtures, name, "tokenizer.model")));
}

for (const name of [
  "sentencepiece-bpe",
  "sentencepiece-bpe-cf",
  "sentencepiece-unigram",
  "sentencepiece-unigram-bytes",
]) {
  testTokenizer(name, () => createSentencePiece(readModel(name)));
}

// NeMo's `tokenizer.special_tokens` of a token classification model, in its order
const NEMO_SPECIAL_TOKENS = {
  cls: "[CLS]",
  sep: "[SEP]",
  pad: "<pad>",
  mask: "[MASK]",
  unk: "<unk>",
  bos: "[CLS]",
  eos: "[SEP]",
};

test("sentencepiece: missing special tokens get ids after the last piece, as in NeMo", () => {
  const model = readModel("sentencepiece-bpe");
  const tokenizer = createSentencePiece(model, { specialTokens: NEMO_SPECIAL_TOKENS });
  const count = model.pieces.length;
  assert.deepEqual(tokenizer.specials, {
    unk: 0,
    cls: count,
    sep: count + 1,
    pad: count + 2,
    mask: count + 3,
    bos: count,
    eos: count + 1,
  });
  assert.equal(tokenizer.vocabularySize, count + 5);
  assert.equal(tokenizer.tokenOf(count + 3), "[MASK]");
  const { ids, starts, ends } = tokenizer.encode("a[MASK] a");
  assert.deepEqual(ids, [5, count + 3, 5]);
  assert.deepEqual([...starts, ...ends], [0, 1, 8, 1, 7, 9]);
  assert.equal(tokenizer.decode([count, 5, count + 3, 5, count + 1]), "a a");
});

function tinyModel(change: Partial<SentencePieceModel>): SentencePieceModel {
  return {
    algorithm: "word",
    pieces: [
      ["<unk>", 0, "unknown"],
      ["▁a", -1, "normal"],
      ["b", -1, "normal"],
      ["▁", -1, "normal"],
      ["xy", 0, "user-defined"],
    ],
    byteFallback: false,
    whitespaceAsSuffix: false,
    unknownSurface: " ⁇ ",
    bosPiece: "<s>",
    eosPiece: "</s>",
    padPiece: "<pad>",
    normalizer: { addDummyPrefix: true, removeExtraWhitespaces: true, escapeWhitespaces: true },
    ...change,
  };
}

test("sentencepiece: word and character models look pieces up", () => {
  const words = createSentencePiece(tinyModel({}));
  assert.deepEqual(words.encode("a  b\ud800 a").ids, [1, 0, 1]);
  assert.deepEqual(words.encode("").ids, []);
  const characters = createSentencePiece(tinyModel({ algorithm: "char" }));
  assert.deepEqual(characters.encode("bxy \u{1f600}").ids, [3, 2, 4, 3, 0]);
});

test("sentencepiece: a byte-pair model with unused pieces is refused", () => {
  const pieces = [...tinyModel({}).pieces, ["c", 0, "unused"] as const];
  assert.throws(
    () => createSentencePiece(tinyModel({ algorithm: "bpe", pieces })),
    (error) => isToolError(error, "UNSUPPORTED"),
  );
});
