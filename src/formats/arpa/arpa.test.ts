/** ARPA files as people write them, and wrong ones with the line that is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { bytesSource } from "../../io/byte-source.ts";
import { ArpaReader } from "../../language-model/arpa-reader.ts";
import { compileArpa } from "../../language-model/compile-arpa.ts";
import { openKenlm } from "../../language-model/kenlm-model.ts";
import { compileArpaFile } from "./read.ts";

const LINES = [
  "\\data\\",
  "ngram 1=5",
  "ngram 2=3",
  "",
  "\\1-grams:",
  "-99\t<s>\t-0.5",
  "-1.0\t</s>",
  "-0.7\tred\t-0.25",
  "-0.8\tblue\t-0.125",
  "-2\t<unk>",
  "",
  "\\2-grams:",
  "-0.1\t<s> red",
  "-0.2\tred blue",
  "-3e-1\tblue </s>",
  "",
  "\\end\\",
];

const sourceOf = (lines: readonly string[]): ReturnType<typeof bytesSource> =>
  bytesSource(new TextEncoder().encode(lines.join("\n")), "lm.arpa");

test("probabilities back off as Katz says", async () => {
  const model = openKenlm(await compileArpaFile(sourceOf(LINES)));
  const [red, blue] = [model.wordId("red"), model.wordId("blue")];
  const first = model.score(model.startState(), red);
  assert.equal(first.logProbability, Math.fround(-0.1));
  const second = model.score(first.state, blue);
  assert.equal(second.logProbability, Math.fround(-0.2));
  assert.ok(Math.abs(model.scoreEnd(second.state) + 0.3) < 1e-6);
  // blue → red is no bigram: backoff of blue and the unigram.
  assert.ok(Math.abs(model.score(second.state, red).logProbability + 0.825) < 1e-6);
  const unknown = model.score(second.state, model.wordId("green"));
  assert.ok(Math.abs(unknown.logProbability + 2.125) < 1e-6);
});

test("preambles, blanks for tabs, CRLF and a missing last line end are fine", async () => {
  const expected = Buffer.from(await compileArpaFile(sourceOf(LINES)));
  const variants = [
    ["made by hand", "", ...LINES, ""],
    LINES.map((line) => line.replaceAll("\t", "  ")),
    LINES.map((line) => `${line}\r`),
    LINES.map((line) => line.replace("=", " = ")),
  ];
  for (const variant of variants) {
    assert.deepEqual(Buffer.from(await compileArpaFile(sourceOf(variant))), expected);
  }
});

test("pieces may end anywhere", async () => {
  const expected = Buffer.from(await compileArpaFile(sourceOf(LINES)));
  const bytes = new TextEncoder().encode(LINES.join("\n"));
  for (const size of [1, 2, 7, 100]) {
    const reader = new ArpaReader();
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    assert.deepEqual(Buffer.from(compileArpa(reader.finish())), expected);
  }
});

const WRONG: readonly (readonly [line: number, text: string | undefined, message: RegExp])[] = [
  [1, "\\dat\\", /data/],
  [2, "ngram 2=5", /ngram 1/],
  [2, "ngram 1=-5", /ngram 1/],
  [2, "ngram 1=4", /expected 4 1-grams as/],
  [2, "ngram 1=999999999999999", /expected 999999999999999 1-grams as .* got 5/],
  [5, "\\2-grams:", /1-grams/],
  [7, "0.5\t</s>", /at most 0/],
  [7, "nan\t</s>", /at most 0/],
  [7, "-inf\t</s>", /at most 0/],
  [7, "minus\t</s>", /at most 0/],
  [7, "-1", /expected 1 words/],
  [8, "-0.7\tred\tx", /backoff/],
  [8, "-0.7\tred\t-1\t-1", /at the end/],
  [9, "-0.7\tred\t-1", /twice/],
  [9, "-0.7\t<unk>\t-1", /twice/],
  [13, "-0.1\t<s> green", /'green' is no unigram/],
  [13, "-0.1\t<s>", /expected 2 words, got 1/],
  [13, "-0.1\t<s> red\t-1", /highest order/],
  [13, undefined, /expected 3 2-grams/],
  [17, "\\3-grams:", /end/],
  [17, undefined, /end/],
];

test("a wrong file names the line", async () => {
  for (const [line, text, message] of WRONG) {
    const lines = [...LINES];
    if (text === undefined) lines.splice(line - 1, 1);
    else lines[line - 1] = text;
    await assert.rejects(
      compileArpaFile(sourceOf(lines)),
      (error: unknown) => {
        if (!isToolError(error, "INVALID_FILE")) return false;
        assert.match(error.message, message);
        assert.equal(error.at[0], "lm.arpa");
        assert.match(error.at[1] ?? "", /^line \d+$/);
        return true;
      },
      `${line}: ${text}`,
    );
  }
});

test("a wrong number is reported at its own line", async () => {
  const lines = LINES.with(12, "x\t<s> red");
  await assert.rejects(
    compileArpaFile(sourceOf(lines)),
    (error: unknown) => isToolError(error) && error.at.includes("line 13"),
  );
});

test("what is no text of lines is refused early", async () => {
  const random = new Uint8Array(300_000).fill(0x61);
  await assert.rejects(compileArpaFile(bytesSource(random)), (error: unknown) =>
    isToolError(error, "INVALID_FILE"),
  );
  const manyLines = new Uint8Array(300_000).fill(0x0a);
  await assert.rejects(compileArpaFile(bytesSource(manyLines)), (error: unknown) =>
    isToolError(error, "INVALID_FILE"),
  );
});

test("an n-gram without its context is refused", async () => {
  const lines = [...LINES];
  lines.splice(2, 1, "ngram 2=3", "ngram 3=1");
  lines.splice(-2, 0, "", "\\3-grams:", "-0.1\tblue red blue");
  await assert.rejects(
    compileArpaFile(sourceOf(lines)),
    (error: unknown) => isToolError(error, "INVALID_FILE") && /no 2-gram/.test(error.message),
  );
});
