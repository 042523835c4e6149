import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../test/support/cut.ts";
import { NO_NODE, Trie } from "./trie.ts";

test("trie: the longest entry at a place, among thousands", () => {
  const random = seededRandom(4);
  const word = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
      String.fromCharCode([97, 98, 0, 0xffff, 0xd83d, 0x4e00][Math.floor(random() * 6)] as number),
    ).join("");
  const entries = new Map(Array.from({ length: 5000 }, (_, id) => [word(), id]));
  const trie = new Trie(entries);
  for (const [text, id] of entries) assert.equal(trie.value(trie.walk(text)), id);
  for (let round = 0; round < 2000; round++) {
    const text = word() + word();
    const at = Math.floor(random() * text.length);
    let longest = 0;
    for (let end = at + 1; end <= text.length; end++) {
      if (entries.has(text.slice(at, end))) longest = end - at;
    }
    assert.equal(trie.longestAt(text, at), longest, JSON.stringify(text));
  }
});

test("trie: the last of equal entries counts, empty ones are left out", () => {
  const trie = new Trie([
    ["ab", 1],
    ["", 2],
    ["ab", 3],
  ]);
  assert.equal(trie.value(trie.walk("ab")), 3);
  assert.ok(trie.value(0) < 0);
  assert.equal(trie.walk("abc"), NO_NODE);
  assert.equal(trie.longestAt("xab", 1), 2);
});
