import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_PROSODY } from "../ssml/prosody.ts";
import { cutTokens } from "./cut-tokens.ts";

const SPACE = 0;

function sentence(ids: readonly number[], rate = 1) {
  const prosody = ids.map(() => ({ ...DEFAULT_PROSODY, rate }));
  return { text: "text", ids, prosody, pauseSeconds: 2, unknown: ["§"] };
}
const sizes = (ids: readonly number[], most: number, rate = 1): number[] =>
  cutTokens(sentence(ids, rate), SPACE, most).map((part) => part.ids.length);

const words = Array.from({ length: 30 }, (_, n) => (n % 5 === 4 ? SPACE : n + 1));

test("cut tokens: what fits stays as it is", () => {
  const whole = sentence(words);
  assert.deepEqual(cutTokens(whole, SPACE, 30), [whole]);
});

test("cut tokens: at blanks, else where it must be", () => {
  assert.deepEqual(sizes(words, 12), [10, 10, 10]);
  assert.deepEqual(sizes(Array(25).fill(7) as number[], 10), [10, 10, 5]);
  // the only blank is near the start
  assert.deepEqual(sizes([1, SPACE, ...(Array(18).fill(7) as number[])], 10), [10, 10]);
});

test("cut tokens: slow speech counts for more, fast speech not for less", () => {
  assert.deepEqual(sizes(Array(20).fill(7) as number[], 20, 0.5), [10, 10]);
  assert.deepEqual(sizes(Array(20).fill(7) as number[], 20, 2), [20]);
});

test("cut tokens: nothing is lost, the first has the text, the last the pause", () => {
  const parts = cutTokens(sentence(words), SPACE, 7);
  assert.deepEqual(
    parts.flatMap(({ ids }) => ids),
    words,
  );
  assert.ok(parts.every(({ ids, prosody }) => ids.length === prosody.length));
  assert.deepEqual(
    parts.map(({ text }) => text),
    ["text", ...Array(parts.length - 1).fill("")],
  );
  assert.deepEqual(
    parts.map(({ pauseSeconds }) => pauseSeconds),
    [...Array(parts.length - 1).fill(0), 2],
  );
});
