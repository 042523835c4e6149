/** Trained language models, from text to labels, against what NeMo answered. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import { openNemo, type NemoCheckpoint } from "../../src/formats/nemo/read.ts";
import { readAll } from "../../src/io/byte-source.ts";
import { tensor, type Tensor, type Tensors } from "../../src/tensor/tensor.ts";
import type { Tokenizer } from "../../src/text/tokenizers/tokenizer.ts";
import { parseVocabularyLines } from "../../src/text/tokenizers/vocabulary.ts";
import { createWordPiece } from "../../src/text/tokenizers/wordpiece.ts";
import { onnxSession, type OnnxSession } from "../support/onnx.ts";
import { sharedRoot, skipWithoutShared } from "../support/paths.ts";

const skip = skipWithoutShared;

interface Model {
  readonly session: OnnxSession;
  readonly tokenizer: Tokenizer;
  /** The lines of a file of labels, by its key under `class_labels`. */
  labels(key: string): Promise<readonly string[]>;
}

async function withModel<T>(name: string, body: (model: Model) => Promise<T>): Promise<T> {
  const checkpoint = await openNemo(path.join(sharedRoot ?? "", "models", `${name}.nemo`));
  try {
    const weights = await checkpoint.weights();
    const { graphs } = await convertCheckpoint({ ...checkpoint, weights });
    const vocabulary = await linesOf(checkpoint, "tokenizer.vocab_file");
    return await body({
      session: await onnxSession(graphs[0]!.graph),
      tokenizer: createWordPiece({ vocabulary, lowerCase: true }),
      labels: (key) => linesOf(checkpoint, `class_labels.${key}`),
    });
  } finally {
    await checkpoint.close();
  }
}

async function linesOf(checkpoint: NemoCheckpoint, key: string): Promise<readonly string[]> {
  const file = checkpoint.artifact(checkpoint.config.get(key))!;
  return parseVocabularyLines(Buffer.from(await readAll(file.source, 1 << 20)).toString());
}

function readRows<Row>(file: string): Row[] {
  const text = readFileSync(path.join(sharedRoot ?? "", "data/nlp", file), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

/** Ids between [CLS] and [SEP], and where each word begins; one of control characters is unknown. */
function encodeWords(tokenizer: Tokenizer, words: readonly string[]) {
  const { cls, sep, unk } = tokenizer.specials;
  const ids = [cls!];
  const starts = words.map((word) => {
    const start = ids.length;
    const pieces = tokenizer.encode(word).ids;
    ids.push(...(pieces.length === 0 ? [unk!] : pieces));
    return start;
  });
  return { ids: [...ids, sep!], starts };
}

async function run({ session }: Model, ids: readonly number[]): Promise<Tensors> {
  const row = (values: readonly number[]): Tensor =>
    tensor("int64", BigInt64Array.from(values.map(BigInt)), [1, values.length]);
  return session.run({
    input_ids: row(ids),
    attention_mask: row(ids.map(() => 1)),
    token_type_ids: row(ids.map(() => 0)),
  });
}

/** The most probable label at a place. */
function best({ data, shape }: Tensor, labels: readonly string[], place = 0): string {
  const count = shape.at(-1)!;
  const scores = Array.from(data as Float32Array).slice(place * count, (place + 1) * count);
  return labels[scores.indexOf(Math.max(...scores))]!;
}

function assertAnswers(
  ours: readonly unknown[],
  theirs: readonly unknown[],
  expectedCount: number,
): void {
  const different = theirs.filter((row, i) => JSON.stringify(ours[i]) !== JSON.stringify(row));
  assert.deepEqual(different, []);
  assert.equal(theirs.length, expectedCount);
}

test("text classification: the labels of 250 questions", { skip }, () =>
  withModel("question_type_minilm_en", async (model) => {
    const rows = readRows<{ text: string; nemo: string }>("question_type.jsonl");
    const labels = await model.labels("class_labels_file");
    const ours: string[] = [];
    for (const { text } of rows) {
      const { ids } = encodeWords(model.tokenizer, [text]);
      ours.push(best((await run(model, ids))["logits"]!, labels));
    }
    assertAnswers(
      ours,
      rows.map(({ nemo }) => nemo),
      250,
    );
  }),
);

test("token classification: the entities of 350 sentences", { skip }, () =>
  withModel("ner_minilm_en", async (model) => {
    const rows = readRows<{ words: string[]; nemo: string[] }>("ner.jsonl");
    const labels = await model.labels("class_labels_file");
    const ours: string[][] = [];
    for (const { words } of rows) {
      const { ids, starts } = encodeWords(model.tokenizer, words);
      const { logits } = await run(model, ids);
      ours.push(starts.map((start) => best(logits!, labels, start)));
    }
    assertAnswers(
      ours,
      rows.map(({ nemo }) => nemo),
      350,
    );
  }),
);

test("intents and slots: 650 sentences", { skip }, () =>
  withModel("intent_slot_minilm_en", async (model) => {
    type Row = { text: string; nemo_intent: string; nemo_slots: string[] };
    const rows = ["snips", "weather"].flatMap((set) => readRows<Row>(`intent_slot_${set}.jsonl`));
    const intents = await model.labels("intent_labels_file");
    const slots = await model.labels("slot_labels_file");
    const ours: unknown[] = [];
    for (const { text } of rows) {
      const { ids, starts } = encodeWords(model.tokenizer, text.split(" "));
      const { intent_logits: intent, slot_logits: slot } = await run(model, ids);
      ours.push([best(intent!, intents), starts.map((start) => best(slot!, slots, start))]);
    }
    assertAnswers(
      ours,
      rows.map((row) => [row.nemo_intent, row.nemo_slots]),
      650,
    );
  }),
);

test("punctuation: 400 texts", { skip }, () =>
  withModel("punctuation_minilm_en", async (model) => {
    const rows = readRows<{ text: string; nemo: string }>("punctuation.jsonl");
    const marks = await model.labels("punct_labels_file");
    const cases = await model.labels("capit_labels_file");
    const ours: string[] = [];
    const kept: string[] = [];
    for (const { text, nemo } of rows) {
      const words = text.split(" ");
      const { ids, starts } = encodeWords(model.tokenizer, words);
      // longer texts are cut into overlapping segments, which is not the graph's matter
      if (ids.length > 128) continue;
      const { punct_logits: punct, capit_logits: capit } = await run(model, ids);
      const written = words.map((word, i) => {
        const isCapital = best(capit!, cases, starts[i]) === "U";
        const mark = best(punct!, marks, starts[i]);
        const first = word.charAt(0);
        return `${isCapital ? first.toUpperCase() : first}${word.slice(1)}${mark === "O" ? "" : mark}`;
      });
      ours.push(written.join(" "));
      kept.push(nemo);
    }
    assertAnswers(ours, kept, 400);
  }),
);

test("questions: start and end of the answer", { skip }, () =>
  withModel("qa_minilm_en", async (model) => {
    const { ids } = encodeWords(model.tokenizer, ["who wrote it ?"]);
    const { logits } = await run(model, ids);
    assert.deepEqual(logits!.shape, [1, ids.length, 2]);
  }),
);
