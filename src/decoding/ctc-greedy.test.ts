import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { seededRandom } from "../../test/support/cut.ts";
import { projectRoot } from "../../test/support/paths.ts";
import { collapseCtc, forkCtcGreedy, openCtcGreedy } from "./ctc-greedy.ts";
import type { CtcToken } from "./ctc-greedy.ts";
import { ctcText, parseCtcVocabulary } from "../text/ctc-text.ts";
import type { CtcVocabulary, VocabularyKind } from "../text/ctc-text.ts";

interface RecordedModel {
  readonly model: string;
  readonly kind: VocabularyKind;
  readonly vocabulary: readonly string[];
  readonly utterances: readonly { tokens: readonly number[]; text: string }[];
}

const recorded = JSON.parse(
  readFileSync(path.join(projectRoot, "test/fixtures/ctc-greedy/cases.json"), "utf8"),
) as readonly RecordedModel[];

function collapse(ids: readonly number[], blank: number): CtcToken[] {
  const state = openCtcGreedy(blank);
  const frames = {
    offset: 0,
    tokens: Int32Array.from(ids),
    scores: new Float32Array(ids.length).fill(-0.5),
  };
  collapseCtc(state, frames, { from: 0, to: ids.length, blank });
  return state.tokens;
}

for (const { model, kind, vocabulary, utterances } of recorded) {
  test(`greedy text is NeMo's: ${model}`, () => {
    const parsed = parseCtcVocabulary(`${vocabulary.join("\n")}\n`, {
      useSubword: kind !== "character",
    });
    assert.deepEqual(parsed, { kind, tokens: vocabulary });
    for (const { tokens, text } of utterances) {
      const result = ctcText(collapse(tokens, vocabulary.length), parsed);
      assert.equal(result.text, text);
      assert.deepEqual(
        result.words.map((word) => word.text),
        text.split(" ").filter((word) => word !== ""),
      );
    }
  });
}

interface TextCase {
  readonly name: string;
  readonly vocabulary: CtcVocabulary;
  readonly ids: readonly number[];
  readonly text: string;
  readonly words: readonly (readonly [text: string, start: number, end: number])[];
}

const letters: CtcVocabulary = { kind: "character", tokens: [" ", "a", "b"] };
const pieces: CtcVocabulary = {
  kind: "sentencepiece",
  tokens: ["<unk>", "▁the", "re", "▁", "<0xC3>", "<0xA9>", "<s>", "▁a▁b"],
};
const wordPieces: CtcVocabulary = { kind: "wordpiece", tokens: ["the", "##re", "##", "a"] };

// The blank is the last id: 3 for letters, 8 for pieces, 4 for word pieces.
const TEXTS: readonly TextCase[] = [
  { name: "nothing", vocabulary: letters, ids: [3, 3], text: "", words: [] },
  {
    name: "repeats and blanks",
    vocabulary: letters,
    ids: [1, 1, 3, 1, 2],
    text: "aab",
    words: [["aab", 0, 5]],
  },
  {
    name: "leading and double spaces",
    vocabulary: letters,
    ids: [0, 1, 0, 3, 0, 2, 0],
    text: " a  b ",
    words: [
      ["a", 1, 2],
      ["b", 5, 6],
    ],
  },
  {
    name: "pieces",
    vocabulary: pieces,
    ids: [8, 1, 1, 2, 8, 1],
    text: "there the",
    words: [
      ["there", 1, 4],
      ["the", 5, 6],
    ],
  },
  { name: "a lone mark", vocabulary: pieces, ids: [3, 2, 3], text: "re ", words: [["re", 1, 2]] },
  {
    name: "bytes of a letter",
    vocabulary: pieces,
    ids: [1, 4, 5, 2],
    text: "theére",
    words: [["theére", 0, 4]],
  },
  {
    name: "half a letter",
    vocabulary: pieces,
    ids: [1, 4],
    text: "the\ufffd",
    words: [["the\ufffd", 0, 2]],
  },
  {
    name: "unknown and control",
    vocabulary: pieces,
    ids: [6, 1, 0, 2],
    text: "the ⁇ re",
    words: [
      ["the", 0, 2],
      ["⁇", 2, 3],
      ["re", 3, 4],
    ],
  },
  {
    name: "a piece of two words",
    vocabulary: pieces,
    ids: [7, 2],
    text: "a bre",
    words: [
      ["a", 0, 1],
      ["bre", 0, 2],
    ],
  },
  {
    name: "word pieces",
    vocabulary: wordPieces,
    ids: [0, 1, 3, 2],
    text: "there a",
    words: [
      ["there", 0, 2],
      ["a", 2, 3],
    ],
  },
  {
    name: "a leading continuation",
    vocabulary: wordPieces,
    ids: [1, 0],
    text: "##re the",
    words: [
      ["##re", 0, 1],
      ["the", 1, 2],
    ],
  },
];

for (const { name, vocabulary, ids, text, words } of TEXTS) {
  test(`ctc text: ${name}`, () => {
    const result = ctcText(collapse(ids, vocabulary.tokens.length), vocabulary);
    assert.equal(result.text, text);
    assert.deepEqual(
      result.words.map((word) => [word.text, word.start, word.end]),
      words,
    );
  });
}

test("scores are means over the timesteps that gave tokens", () => {
  const state = openCtcGreedy(3);
  const scores = Float32Array.of(-1, -3, -100, -2, -8, -4);
  collapseCtc(
    state,
    { offset: 0, tokens: Int32Array.of(1, 1, 3, 0, 2, 2), scores },
    { from: 0, to: 6, blank: 3 },
  );
  const result = ctcText(state.tokens, letters);
  assert.deepEqual(
    result.words.map((word) => word.score),
    [-2, -6],
  );
  assert.equal(result.score, -18 / 5);
});

test("windows one after the other give what one window gives, and a fork leaves no trace", () => {
  const random = seededRandom(21);
  for (let round = 0; round < 300; round++) {
    const tokens = Int32Array.from({ length: 60 }, () => Math.floor(random() * 3));
    const scores = Float32Array.from(tokens, () => -random());
    const whole = openCtcGreedy(2);
    collapseCtc(whole, { offset: 0, tokens, scores }, { from: 0, to: 60, blank: 2 });
    const pieced = openCtcGreedy(2);
    for (let from = 0; from < 60;) {
      const to = Math.min(60, from + Math.floor(random() * 9));
      const offset = Math.max(0, from - 4);
      const frames = { offset, tokens: tokens.subarray(offset), scores: scores.subarray(offset) };
      collapseCtc(pieced, frames, { from: from - offset, to: to - offset, blank: 2 });
      const fork = forkCtcGreedy(pieced);
      collapseCtc(fork, frames, { from: to - offset, to: 60 - offset, blank: 2 });
      assert.deepEqual(fork, whole);
      from = to;
    }
    assert.deepEqual(pieced, whole);
  }
});
