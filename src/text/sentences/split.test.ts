import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../test/support/cut.ts";
import { splitSentences } from "./split.ts";

/** Written with ‖ between the sentences. */
const texts: readonly string[] = [
  "",
  "   \n ",
  "One.",
  "No full stop",
  "One. Two! Three? ‖Four".replace(" Two", " ‖Two").replace(" Three", " ‖Three"),
  "Dr. Smith met Mrs. Jones on St. James St. in London. ‖They talked.",
  "It costs 3.50 dollars. ‖Pi is 3.14159.",
  "J. R. R. Tolkien wrote it. ‖C. S. Lewis read it.",
  "He works at Acme Inc. as a clerk. ‖She left Acme Inc. ‖The end.",
  "In the U.S. Senate. ‖He lives in the U.S. ‖She does not.",
  "We met at 5 p.m. on Friday. ‖We met at 5 p.m. ‖Then we left.",
  "Fruit, e.g. Apples and cf. Pears, i.e. Things. ‖Ok.",
  "Wait... what? ‖Well… ‖Now we go. ‖And then... ‖The end.",
  '"Stop!" he said. ‖"Why?" ‖She left.',
  "“I am here.” ‖“So am I.”",
  "(He left.) ‖(She stayed.)",
  "See www.example.com for more. ‖Or mail a.b@example.com.",
  "1. First item. ‖2. Second item.",
  "It was 5. ‖Then 6.",
  "Am I? ‖It is I. ‖Who else?",
  "First paragraph\n\n‖second paragraph\n\n\n‖third",
  "one line\nthe same sentence. ‖Next.",
  "Really?! ‖Yes!!! ‖No.",
  "Version 2.0.1 is out. ‖Get it.",
  "今日は。‖元気ですか？‖はい",
  "No. 5 is alive. ‖See vol. 3, pp. 10. ‖Done.",
  "On Jan. 5 it rained. ‖It stopped in Feb. ‖The sun came.",
  "Mr. and Mrs. Smith vs. The State. ‖Fine.",
  "One.Two is one. ‖Three.",
  "The answer is no. ‖John left.",
  "Let them in. ‖Mary came on Main St. ‖He stayed.",
];

for (const written of texts) {
  test(`sentences: ${JSON.stringify(written.slice(0, 60))}`, () => {
    const text = written.replaceAll("‖", "");
    const expected = written.split("‖").map((sentence) => sentence.trim());
    const sentences = splitSentences(text, { maxLength: 400 });
    assert.deepEqual(
      sentences.map((sentence) => sentence.text),
      expected.filter((sentence) => sentence !== ""),
    );
  });
}

const long: readonly [string, number, readonly string[]][] = [
  ["aaaa bbbb, cccc dddd eeee", 16, ["aaaa bbbb,", "cccc dddd eeee"]],
  ["a, bbbb cccc dddd eeee", 16, ["a, bbbb cccc", "dddd eeee"]],
  ["aaaaaaaaaaaaaaaaaaaa", 8, ["aaaaaaaa", "aaaaaaaa", "aaaa"]],
  ["aaa😀😀😀", 4, ["aaa", "😀😀", "😀"]],
  ["one two", 7, ["one two"]],
  ["one  two", 7, ["one", "two"]],
  ["one; two three. Four.", 10, ["one;", "two three.", "Four."]],
];

for (const [text, maxLength, expected] of long) {
  test(`sentences: at most ${maxLength} of ${JSON.stringify(text)}`, () => {
    assert.deepEqual(
      splitSentences(text, { maxLength }).map((sentence) => sentence.text),
      expected,
    );
  });
}

test("sentences: places fit, nothing but blanks is lost, no sentence is too long", () => {
  const random = seededRandom(3);
  const pieces = [
    "word",
    "Mr.",
    ". ",
    "! ",
    "? ",
    ", ",
    " ",
    "\n\n",
    "3.5",
    "U.S.",
    "…",
    '"',
    "😀",
    ";",
    "A",
  ];
  for (let round = 0; round < 500; round++) {
    const count = Math.floor(random() * 60);
    const text = Array.from(
      { length: count },
      () => pieces[Math.floor(random() * pieces.length)],
    ).join("");
    const maxLength = 5 + Math.floor(random() * 40);
    const sentences = splitSentences(text, { maxLength });
    let end = 0;
    let joined = "";
    for (const sentence of sentences) {
      assert.ok(sentence.start >= end && sentence.text.length <= maxLength, text);
      assert.equal(sentence.text, text.slice(sentence.start, sentence.end));
      assert.equal(sentence.text, sentence.text.trim());
      assert.equal(text.slice(end, sentence.start).trim(), "", text);
      joined += sentence.text;
      end = sentence.end;
    }
    assert.equal(text.slice(end).trim(), "");
    assert.equal(joined.replace(/\s/g, ""), text.replace(/\s/g, ""));
  }
});

test("sentences: hostile repetitions take linear time", () => {
  const started = performance.now();
  for (const piece of [
    ".",
    ". ",
    "a",
    "a.",
    "A. ",
    "\n",
    "\n ",
    " ",
    '."',
    "'",
    "Mr. ",
    "a, ",
    "😀",
  ]) {
    splitSentences(piece.repeat(Math.floor(200_000 / piece.length)), { maxLength: 400 });
  }
  assert.ok(performance.now() - started < 5000, "too slow");
});
