/** Language models against recorded scores of KenLM: every kind of file, and damaged ones. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { bytesSource } from "../../io/byte-source.ts";
import { openFile } from "../../io/file-source.ts";
import { KENLM_KINDS } from "../../language-model/kenlm-header.ts";
import { openKenlm } from "../../language-model/kenlm-model.ts";
import {
  sameState,
  UNKNOWN_WORD,
  type LanguageModel,
} from "../../language-model/language-model.ts";
import { openLanguageModel } from "../../language-model/open.ts";
import { countingSource } from "../../../test/support/counting-source.ts";
import { seededRandom } from "../../../test/support/cut.ts";
import { projectRoot, sharedRoot, skipWithoutShared } from "../../../test/support/paths.ts";
import { readKenlmHeader, readLanguageModel } from "./read.ts";

const folder = path.join(projectRoot, "test/fixtures/language-model");
const bytesOf = (name: string): Uint8Array => readFileSync(path.join(folder, name));
const sentences = readFileSync(path.join(folder, "sentences.txt"), "utf8").trim().split("\n");
const recorded = JSON.parse(readFileSync(path.join(folder, "scores.json"), "utf8")) as {
  readonly groups: readonly {
    readonly files: readonly string[];
    readonly scores: readonly (readonly number[])[];
  }[];
};

async function load(name: string): Promise<LanguageModel> {
  const file = readdirSync(folder).includes(name) ? name : `${name}.gz`;
  return (await readLanguageModel(bytesSource(bytesOf(file), file))).model;
}

/** As the oracle: with sentence borders, then the words alone. */
function scoresOf(model: LanguageModel, sentence: string): number[] {
  const ids = sentence.split(" ").map((word) => model.wordId(word));
  const scores: number[] = [];
  let state = model.startState();
  for (const id of ids) {
    const scored = model.score(state, id);
    scores.push(scored.logProbability);
    state = scored.state;
  }
  scores.push(model.scoreEnd(state));
  state = model.emptyState();
  for (const id of ids) {
    const scored = model.score(state, id);
    scores.push(scored.logProbability);
    state = scored.state;
  }
  return scores;
}

for (const { files, scores } of recorded.groups) {
  for (const name of files) {
    test(`${name}: ${scores.flat().length} n-grams score as KenLM scores them`, async () => {
      const model = await load(name);
      sentences.forEach((sentence, n) => {
        scoresOf(model, sentence).forEach((score, at) => {
          const expected = scores[n]?.[at] ?? Number.NaN;
          assert.ok(
            Math.abs(score - expected) <= 1e-5,
            `${sentence}, score ${at}: ${score}, KenLM ${expected}`,
          );
        });
      });
    });
  }
}

test("words are found in every kind of file, and given back by id", async () => {
  for (const name of recorded.groups.flatMap(({ files }) => files)) {
    const model = await load(name);
    const words = model.words() ?? [];
    assert.equal(words[0], "<unk>");
    assert.ok(words.includes("größe") && words.includes("</s>"));
    words.forEach((word, id) => assert.equal(model.wordId(word), id));
    assert.equal(model.wordId("zzz"), UNKNOWN_WORD);
    assert.equal(model.wordId("<UNK>"), UNKNOWN_WORD);
    assert.ok(model.isUnknown(UNKNOWN_WORD) && !model.isUnknown(1));
  }
});

test("states keep only what can matter", async () => {
  const model = await load("probing.binary");
  const word = model.wordId("größe");
  const known = model.score(model.startState(), word).state;
  assert.ok(known.words.length < model.order);
  const afterUnknown = model.score(model.score(known, UNKNOWN_WORD).state, word).state;
  assert.ok(sameState(afterUnknown, model.score(model.emptyState(), word).state));
  assert.ok(!sameState(known, model.emptyState()));
});

test("a header tells the kind and the counts by 256 bytes", async () => {
  const kinds = ["probing", "trie", "array-trie", "quantised-trie", "quantised-array-trie"];
  const expected = ["probing", "trie", "array-compressed trie", "quantised trie"];
  for (const [n, name] of kinds.entries()) {
    const source = countingSource(bytesSource(bytesOf(`${name}.binary`)));
    const { kind, counts } = await readKenlmHeader(source);
    assert.equal(kind, expected[n] ?? KENLM_KINDS[5]);
    assert.equal(counts.length, 4);
    assert.ok(source.bytesRead <= 256);
  }
});

test("an ARPA file compiles to the file that KenLM makes of it, byte for byte", async () => {
  const { bytes } = await readLanguageModel(bytesSource(bytesOf("plain.arpa.gz")));
  assert.deepEqual(Buffer.from(bytes), bytesOf("probing.binary"));
});

test("a view at an odd place of a buffer works", async () => {
  const bytes = bytesOf("trie.binary");
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  const sentence = sentences[0] as string;
  assert.deepEqual(
    scoresOf(openKenlm(moved.subarray(3)), sentence),
    scoresOf(openKenlm(bytes), sentence),
  );
});

test("other versions and kinds are refused by name", () => {
  const patched = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = Uint8Array.from(bytesOf("probing.binary"));
    change(bytes);
    return bytes;
  };
  const cases = [
    ["UNSUPPORTED", /version 4/, patched((bytes) => bytes.set([0x34], 49))],
    ["UNSUPPORTED", /rest/, patched((bytes) => bytes.set([1, 0, 0, 0], 96))],
    ["UNSUPPORTED", /model type/, patched((bytes) => bytes.set([9, 0, 0, 0], 96))],
    ["UNSUPPORTED", /byte order/, patched((bytes) => bytes.set([0x3f], 60))],
    ["UNSUPPORTED", /got 7/, patched((bytes) => bytes.set([7], 104))],
    ["INVALID_FILE", /order/, patched((bytes) => bytes.set([1], 88))],
    ["INVALID_FILE", /multiplier/, patched((bytes) => bytes.set([0, 0, 0, 0], 92))],
    ["INVALID_FILE", /1-grams/, patched((bytes) => bytes.set([255, 255], 113))],
    ["INVALID_FILE", /cut short/, bytesOf("probing.binary").subarray(0, 50_000)],
    ["INVALID_FILE", /cut short/, bytesOf("trie.binary").subarray(0, 50_000)],
    ["INVALID_FILE", /ends/, bytesOf("trie.binary").subarray(0, 100)],
  ] as const;
  for (const [code, message, bytes] of cases) {
    assert.throws(
      () => openLanguageModel(bytes),
      (error: unknown) => isToolError(error, code) && message.test(error.message),
      String(message),
    );
  }
});

test("damaged files are refused or score something, but never crash or hang", () => {
  const random = seededRandom(5);
  for (const name of recorded.groups.flatMap(({ files }) => files)) {
    if (!name.endsWith(".binary")) continue;
    for (let round = 0; round < 40; round++) {
      const bytes = Uint8Array.from(bytesOf(name));
      for (let n = 0; n < 200; n++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      bytes.set(bytesOf(name).subarray(0, 88));
      try {
        const model = openLanguageModel(bytes);
        for (const sentence of sentences.slice(0, 20)) scoresOf(model, sentence);
      } catch (error) {
        assert.ok(isToolError(error), String(error));
      }
    }
  }
});

test("the shared model: all its n-grams at once", { skip: skipWithoutShared }, async () => {
  const source = await openFile(path.join(sharedRoot ?? "", "models/lm/en_prompts_3gram.arpa.gz"));
  try {
    const { model, bytes } = await readLanguageModel(source);
    assert.equal(model.order, 3);
    // -1.65834 what -1.09851: as it stands in the file
    const what = model.score(model.emptyState(), model.wordId("what"));
    assert.ok(Math.abs(what.logProbability + 1.65834) < 1e-5);
    assert.ok(bytes.length < 16e6);
  } finally {
    await source.close();
  }
});
