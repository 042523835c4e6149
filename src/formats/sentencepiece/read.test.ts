import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { seededRandom } from "../../../test/support/cut.ts";
import { tokenizerFixtures } from "../../../test/support/tokenizer-cases.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { ModelProtoSchema, SentencePiece_Type } from "../../gen/sentencepiece_model_pb.ts";
import { createSentencePiece } from "../../text/tokenizers/sentence-piece.ts";
import { parseSentencePieceJson } from "../../text/tokenizers/sentence-piece-json.ts";
import { readSentencePiece } from "./read.ts";

function fixtureBytes(name: string): Uint8Array {
  return readFileSync(path.join(tokenizerFixtures, name, "tokenizer.model"));
}

test("sentencepiece: what the trainer set is what is read", () => {
  const cf = readSentencePiece(fixtureBytes("sentencepiece-bpe-cf"));
  assert.equal(cf.algorithm, "bpe");
  assert.equal(cf.pieces.length, 500);
  assert.equal(cf.normalizer.addDummyPrefix, false);
  assert.ok((cf.normalizer.charsmap?.replacements.length ?? 0) > 1000);
  const bytes = readSentencePiece(fixtureBytes("sentencepiece-unigram-bytes"));
  assert.equal(bytes.algorithm, "unigram");
  assert.equal(bytes.byteFallback, true);
  assert.equal(bytes.unknownSurface, " \u2047 ");
  assert.equal(bytes.normalizer.removeExtraWhitespaces, false);
  assert.equal(bytes.normalizer.charsmap, undefined);
  const kinds = [...new Set(bytes.pieces.map(([, , kind]) => kind))].sort();
  assert.deepEqual(kinds, ["byte", "control", "normal", "unknown", "user-defined"]);
});

test("sentencepiece: nothing is lost on the way through JSON", () => {
  for (const name of ["sentencepiece-unigram", "sentencepiece-unigram-bytes"]) {
    const model = readSentencePiece(fixtureBytes(name));
    assert.deepEqual(parseSentencePieceJson(JSON.stringify(model)), model);
  }
});

const { BYTE, UNKNOWN: UNKNOWN_TYPE } = SentencePiece_Type;
const UNKNOWN = { piece: "<unk>", type: UNKNOWN_TYPE };

function encoded(model: MessageInitShape<typeof ModelProtoSchema>): Uint8Array {
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
}

function charsmapOf(
  arrayBytes: number,
  ...rest: number[]
): MessageInitShape<typeof ModelProtoSchema> {
  const size = [arrayBytes & 0xff, (arrayBytes >> 8) & 0xff, 0, 0];
  const precompiledCharsmap = Uint8Array.from([...size, ...rest]);
  return { pieces: [UNKNOWN], normalizerSpec: { precompiledCharsmap } };
}

const REFUSED: Readonly<Record<string, Uint8Array>> = {
  "an empty file": new Uint8Array(),
  "a text": new TextEncoder().encode("▁the\t-3.2\n▁of\t-3.5\n"),
  "no unknown piece": encoded({ pieces: [{ piece: "a" }] }),
  "two unknown pieces": encoded({ pieces: [UNKNOWN, { piece: "?", type: UNKNOWN_TYPE }] }),
  "an empty piece": encoded({ pieces: [UNKNOWN, { piece: "" }] }),
  "a piece twice": encoded({ pieces: [UNKNOWN, { piece: "a" }, { piece: "a" }] }),
  "a score that is not a number": encoded({ pieces: [UNKNOWN, { piece: "a", score: NaN }] }),
  "a byte piece that is no byte": encoded({ pieces: [UNKNOWN, { piece: "<0xGG>", type: BYTE }] }),
  "bytes missing": encoded({ pieces: [UNKNOWN], trainerSpec: { byteFallback: true } }),
  "rules too short": encoded({
    pieces: [UNKNOWN],
    normalizerSpec: { precompiledCharsmap: Uint8Array.of(1, 2) },
  }),
  "rules without an array": encoded(charsmapOf(0)),
  "rules with a crooked array": encoded(charsmapOf(3, 0, 0, 0)),
  "rules cut short": encoded(charsmapOf(4096, 0, 0, 0, 0)),
  "a text without end": encoded(charsmapOf(4, 0, 0, 0, 0, 0x61)),
  "a text that is not UTF-8": encoded(charsmapOf(4, 0, 0, 0, 0, 0xff, 0)),
  "a value beyond the texts": encoded(charsmapOf(4, 9, 0, 0, 0x80, 0x61, 0)),
};

for (const [what, bytes] of Object.entries(REFUSED)) {
  test(`sentencepiece: ${what} is refused`, () => {
    assert.throws(
      () => readSentencePiece(bytes, "x.model"),
      (error) => isToolError(error, "INVALID_FILE") && error.at[0] === "x.model",
    );
  });
}

test("sentencepiece: too large a file is refused, and so are rules for decoded text", () => {
  assert.throws(
    () => readSentencePiece(new Uint8Array(64 * 2 ** 20 + 1)),
    (error) => isToolError(error, "LIMIT_EXCEEDED"),
  );
  const denormalizerSpec = { precompiledCharsmap: Uint8Array.of(1) };
  assert.throws(
    () => readSentencePiece(encoded({ pieces: [UNKNOWN], denormalizerSpec })),
    (error) => isToolError(error, "UNSUPPORTED"),
  );
});

test("sentencepiece: a damaged model is refused or still tokenizes", () => {
  const random = seededRandom(5);
  const whole = fixtureBytes("sentencepiece-unigram");
  for (let round = 0; round < 60; round++) {
    const bytes = Uint8Array.from(whole);
    for (let n = 0; n < 20; n++) {
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    }
    try {
      const tokenizer = createSentencePiece(readSentencePiece(bytes));
      tokenizer.decode(tokenizer.encode("Ça, \u2460 ﬁve e\u0301 한 \0 x").ids);
    } catch (error) {
      assert.ok(isToolError(error), `round ${round}: ${String(error)}`);
    }
  }
});

test("sentencepiece: rules that point outside their array or in a circle do no harm", () => {
  const random = seededRandom(6);
  for (let round = 0; round < 200; round++) {
    const units = Array.from(
      { length: 64 },
      () => Math.floor(random() * 2 ** 31) & (random() < 0.5 ? 0x1fff : -1),
    );
    const model = readSentencePiece(encoded({ pieces: [UNKNOWN, { piece: "a" }] }));
    const charsmap = { units, replacements: [[0, "b"] as const] };
    const json = JSON.stringify({ ...model, normalizer: { ...model.normalizer, charsmap } });
    createSentencePiece(parseSentencePieceJson(json)).encode("abc é \0\u{10ffff}");
  }
});

test("sentencepiece: JSON that is not a model is refused", () => {
  const model = readSentencePiece(encoded({ pieces: [UNKNOWN] }));
  const wrong = [
    "",
    "null",
    "[]",
    JSON.stringify({ ...model, algorithm: "magic" }),
    JSON.stringify({ ...model, pieces: [] }),
    JSON.stringify({ ...model, pieces: [["<unk>", 0, "odd"]] }),
    JSON.stringify({ ...model, byteFallback: "yes" }),
    JSON.stringify({ ...model, bosPiece: 1 }),
    JSON.stringify({ ...model, normalizer: { ...model.normalizer, charsmap: { units: [] } } }),
  ];
  for (const text of wrong) {
    assert.throws(
      () => parseSentencePieceJson(text),
      (error) => isToolError(error, "INVALID_CONFIG"),
      text.slice(0, 200),
    );
  }
});
