import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { tokenizerFixtures } from "../../../test/support/tokenizer-cases.ts";
import { testTokenizer } from "../../../test/support/tokenizer-suite.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { createByteLevelBpe } from "./byte-level-bpe.ts";
import { parseMerges } from "./byte-level-merges.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { parseVocabularyJson } from "./vocabulary.ts";

function readFixture(name: string): string {
  return readFileSync(path.join(tokenizerFixtures, "byte-level-bpe", name), "utf8");
}

function fromFixture(addPrefixSpace = false): Tokenizer {
  return createByteLevelBpe({
    vocabulary: parseVocabularyJson(readFixture("vocab.json")),
    merges: parseMerges(readFixture("merges.txt")),
    addPrefixSpace,
  });
}

// what was recorded keeps special tokens, ours leaves them out
testTokenizer("byte-level-bpe", fromFixture, {
  decoded: ({ decoded }) => decoded?.replaceAll(/<\/?s>|<pad>|<mask>|<unk>/g, ""),
});

test("byte-level BPE: an added space changes the tokens but no offset", () => {
  const { tokens, starts, ends } = fromFixture(true).encode("the seven");
  assert.deepEqual(tokens, ["Ġthe", "Ġseven"]);
  assert.deepEqual([...starts, ...ends], [0, 4, 3, 9]);
  assert.deepEqual(fromFixture(true).encode(" the"), fromFixture(false).encode(" the"));
});

test("byte-level BPE: files that are not a vocabulary or merges are refused", () => {
  for (const text of ["", "[]", "null", '{"a": -1}', '{"a": 1, "b": 1}', '{"a": 1e300}']) {
    assert.throws(
      () => parseVocabularyJson(text),
      (error) => isToolError(error, "INVALID_FILE"),
    );
  }
  assert.deepEqual(parseMerges("#version: 0.2\nĠ t\r\n# #\n\n"), [
    ["Ġ", "t"],
    ["#", "#"],
  ]);
  for (const text of ["a", "a b c", "a  b", " a"]) {
    assert.throws(
      () => parseMerges(text),
      (error) => isToolError(error, "INVALID_FILE"),
    );
  }
});

test("byte-level BPE: a vocabulary full of inherited names does no harm", () => {
  const vocabulary = parseVocabularyJson('{"__proto__": 0, "constructor": 1, "<unk>": 2}');
  const tokenizer = createByteLevelBpe({ vocabulary, merges: [] });
  assert.equal(tokenizer.idOf("__proto__"), 0);
  assert.deepEqual(tokenizer.encode("ab").ids, [2, 2]);
});
