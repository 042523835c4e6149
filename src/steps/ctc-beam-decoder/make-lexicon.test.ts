import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { checkLexicon, makeLexicon, silenceToken, vocabularyKind } from "./make-lexicon.ts";

test("characters: a word is its letters; what the model lacks is filtered and told", () => {
  const made = makeLexicon({
    words: "cab\n\nbaa abc\ncab\ncafé\n",
    tokens: [" ", "a", "b", "c"],
    kind: "character",
    tokenizer: undefined,
  });
  assert.deepEqual(made, {
    text: "cab\tc a b\nbaa\tb a a\nabc\ta b c\n",
    wordCount: 3,
    emptyLines: 1,
    filtered: ["café"],
  });
});

test("word pieces: the longest that fits, again and again", () => {
  const made = makeLexicon({
    words: "unable able tables",
    tokens: ["un", "##able", "able", "##a", "table", "##s"],
    kind: "wordpiece",
    tokenizer: undefined,
  });
  assert.equal(made.text, "unable\tun ##able\nable\table\ntables\ttable ##s\n");
});

test("what stands between words is a token that the model has", () => {
  assert.equal(vocabularyKind(["▁a", "b"], true), "sentencepiece");
  assert.equal(silenceToken(["▁a", "▁"], "sentencepiece"), "▁");
  assert.equal(silenceToken(["▁a", "b"], "sentencepiece"), "");
  assert.equal(silenceToken(["a", " "], "character"), " ");
  assert.equal(silenceToken(["a"], "wordpiece"), "");
});

test("a lexicon with tokens of another model names the line", () => {
  assert.equal(checkLexicon("ab\ta b\n", ["a", "b"]), 1);
  assert.throws(
    () => checkLexicon("ab\ta b\nac\ta c\n", ["a", "b"]),
    (error) => isToolError(error, "INVALID_FILE") && error.message.includes("'c'"),
  );
});
