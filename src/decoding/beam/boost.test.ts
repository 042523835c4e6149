/** The boost table alone: what a sentence earns, word by word and in the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BoostTable, type BoostPhrase } from "./boost.ts";

/** What the sentence has earned after each word, and after the end. */
function earnings(phrases: readonly BoostPhrase[], sentence: string): number[] {
  const table = new BoostTable(phrases);
  let state = 0;
  let total = 0;
  const after = sentence.split(" ").map((word) => {
    const step = table.step(state, word);
    state = step.state;
    total += step.change;
    return total;
  });
  return [...after, total + table.endChange(state)];
}

const CASES: readonly (readonly [string, readonly BoostPhrase[], string, readonly number[]])[] = [
  ["a word", [{ text: "paris", score: 4 }], "in paris now paris", [0, 4, 4, 8, 8]],
  ["a phrase", [{ text: "new york city", score: 6 }], "new york city", [2, 4, 6, 6]],
  ["not completed", [{ text: "new york city", score: 6 }], "new york town", [2, 4, 0, 0]],
  ["cut by the end", [{ text: "new york city", score: 6 }], "new york", [2, 4, 0]],
  ["begun twice", [{ text: "new york", score: 6 }], "new new york", [3, 3, 6, 6]],
  [
    "one within another",
    [
      { text: "new york", score: 6 },
      { text: "new york city hall", score: 20 },
    ],
    "new york city then",
    [5, 10, 15, 6, 6],
  ],
  [
    "an end that begins another",
    [
      { text: "a b c", score: 9 },
      { text: "b d", score: 4 },
    ],
    "a b d",
    [3, 6, 4, 4],
  ],
  ["a penalty", [{ text: "bad word", score: -8 }], "a bad word bad", [0, 0, -8, -8, -8]],
  ["nothing", [{ text: "  ", score: 5 }], "a b", [0, 0, 0]],
];

for (const [name, phrases, sentence, expected] of CASES) {
  test(`boost: ${name}`, () => assert.deepEqual(earnings(phrases, sentence), expected));
}

test("boost: what may come next, and what it would earn", () => {
  const table = new BoostTable([
    { text: "new york", score: 6 },
    { text: "york minster", score: 8 },
    { text: "never", score: -3 },
  ]);
  assert.deepEqual(Object.fromEntries(table.expected(0)), { new: 3, york: 4 });
  const { state } = table.step(0, "new");
  assert.deepEqual(Object.fromEntries(table.expected(state)), { york: 3 });
  assert.ok(table.hasWord("minster") && !table.hasWord("city"));
  assert.ok(new BoostTable([]).isEmpty && !table.isEmpty);
});
