/** Lexicon files, and the tree that is made of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { LexiconTrie, ROOT, SMEARING_MODES } from "./lexicon-trie.ts";
import { parseLexicon } from "./lexicon.ts";

const TOKENS = ["▁a", "b", "c", "▁"];
const TEXT = "ab\t▁a b\nabc ▁a b c\r\n\nab\t▁ b\na\t▁a\n";

test("lexicon: words, spellings, several of them", () => {
  const lexicon = parseLexicon(TEXT, TOKENS);
  assert.deepEqual(lexicon.words, ["ab", "abc", "a"]);
  assert.deepEqual(lexicon.spellings, [
    { label: 0, tokens: [0, 1] },
    { label: 1, tokens: [0, 1, 2] },
    { label: 0, tokens: [3, 1] },
    { label: 2, tokens: [0] },
  ]);
});

test("lexicon: a wrong line is named", () => {
  for (const [text, place] of [
    ["ab\t▁a b\nx\t▁x", "line 2"],
    ["ab\t▁a b\nalone", "line 2"],
    ["\n \n", "line 1"],
  ] as const) {
    assert.throws(
      () => parseLexicon(text, TOKENS),
      (error: unknown) => isToolError(error, "INVALID_FILE") && error.at[0] === place,
    );
  }
});

test("lexicon trie: every spelling leads to its word, nothing else does", () => {
  const words = Array.from({ length: 5000 }, (_, n) => ({ label: n, tokens: digits(n) }));
  const lexicon = { words: words.map(({ label }) => String(label)), spellings: words };
  const trie = new LexiconTrie(lexicon, { smearing: "none", labelScores: undefined });
  for (const { label, tokens } of words) {
    const node = tokens.reduce((at, token) => trie.child(at, token), ROOT);
    assert.deepEqual(trie.labels(node), [label]);
    assert.equal(trie.child(node, 10), -1);
  }
});

function digits(n: number): number[] {
  return [...String(n)].map(Number);
}

test("lexicon trie: smearing shows the best or all that is below", () => {
  const lexicon = parseLexicon(TEXT, TOKENS);
  const labelScores = Float64Array.from([-1, -2, -3]);
  const [none, max, logadd] = SMEARING_MODES.map((smearing) => {
    const trie = new LexiconTrie(lexicon, { smearing, labelScores });
    const a = trie.child(ROOT, 0);
    const ab = trie.child(a, 1);
    return [trie.smeared[ROOT], trie.smeared[a], trie.smeared[ab]];
  });
  const sum = (...scores: number[]): number =>
    Math.fround(Math.log(scores.reduce((total, score) => total + Math.exp(score), 0)));
  assert.deepEqual(none, [0, 0, 0]);
  assert.deepEqual(max, [0, -1, -1]);
  assert.deepEqual(logadd, [0, sum(-1, -2, -3), sum(-1, -2)]);
});
