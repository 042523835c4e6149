import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { tokenizerFixtures } from "../../../test/support/tokenizer-cases.ts";
import { testTokenizer } from "../../../test/support/tokenizer-suite.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { withSpecials } from "./model-input.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { parseVocabularyLines } from "./vocabulary.ts";
import { createWordPiece } from "./wordpiece.ts";

function fromFixture(name: string, lowerCase: boolean): Tokenizer {
  const file = path.join(tokenizerFixtures, name, "vocab.txt");
  return createWordPiece({
    vocabulary: parseVocabularyLines(readFileSync(file, "utf8")),
    lowerCase,
  });
}

testTokenizer("wordpiece-uncased", () => fromFixture("wordpiece-uncased", true));
testTokenizer("wordpiece-cased", () => fromFixture("wordpiece-cased", false));

const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "caf", "##é", "##e", "e", "'"];
const cased = createWordPiece({ vocabulary: VOCABULARY, lowerCase: false });

test("wordpiece: NFC comes before the vocabulary, offsets cover what was composed", () => {
  const { tokens, starts, ends } = cased.encode("x cafe\u0301'");
  assert.deepEqual(tokens, ["[UNK]", "caf", "##é", "'"]);
  assert.deepEqual([...starts, ...ends], [0, 2, 5, 7, 1, 5, 7, 8]);
});

test("wordpiece: accents may stay although text is lowered", () => {
  const options = { vocabulary: VOCABULARY, lowerCase: true };
  assert.deepEqual(createWordPiece(options).encode("CAFÉ").tokens, ["caf", "##e"]);
  const kept = createWordPiece({ ...options, stripAccents: false });
  assert.deepEqual(kept.encode("CAFE\u0301").tokens, ["caf", "##é"]);
});

test("wordpiece: a special token hidden by control characters is found as by the original", () => {
  assert.deepEqual(cased.encode("[CL\u200bS]").ids, [2]);
});

test("wordpiece: look-ups and roles", () => {
  assert.equal(cased.idOf("caf"), 5);
  assert.equal(cased.tokenOf(99), undefined);
  assert.deepEqual(cased.specials, { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4, bos: 2, eos: 3 });
  assert.deepEqual(withSpecials(cased.specials, [5], [8]), {
    ids: [2, 5, 3, 8, 3],
    tokenTypes: [0, 0, 0, 1, 1],
  });
});

test("wordpiece: a vocabulary without [UNK] is refused", () => {
  assert.throws(
    () => createWordPiece({ vocabulary: ["a"], lowerCase: true }),
    (error) => isToolError(error, "INVALID_CONFIG"),
  );
});

test("vocab.txt: line numbers are ids, however lines end", () => {
  assert.deepEqual(parseVocabularyLines("a\r\nb\n\nc\n"), ["a", "b", "", "c"]);
  assert.deepEqual(parseVocabularyLines(""), []);
});
