/** The steps of language pipelines by themselves: settings that cannot work, and pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../errors/codes.ts";
import { isToolError } from "../errors/tool-error.ts";
import { tensor, type Tensors } from "../tensor/tensor.ts";
import { findStep } from "./registry.ts";
import type { RunningStep } from "./step.ts";

const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "##c"];
const encode = (lines: readonly string[]): Uint8Array =>
  new TextEncoder().encode(`${lines.join("\n")}\n`);

type Parameters = Readonly<Record<string, string>>;

const TOKENIZER: Parameters = {
  tokenizer_type: "wordpiece",
  vocab_file: "vocab",
  do_lower_case: "True",
  max_seq_length: "6",
  max_windows: "4",
};
const QA: Parameters = { ...TOKENIZER, max_query_length: "1", doc_stride: "2" };

function load(step: string, parameters: Parameters, files = { vocab: encode(VOCABULARY) }) {
  return findStep(step).load({ parameters, files });
}

function run(step: RunningStep<unknown>, inputs: Tensors): Tensors {
  return step.run(inputs, step.open(), { start: true, end: true });
}

const throws = (action: () => unknown, code: ErrorCode, message: RegExp): void =>
  assert.throws(action, (error) => isToolError(error, code) && message.test(error.message));

const BAD_SETTINGS: readonly (readonly [string, Parameters, RegExp])[] = [
  ["text-tokenizer", { ...TOKENIZER, tokenizer_type: "guess" }, /one of wordpiece/],
  ["text-tokenizer", { ...TOKENIZER, vocab_file: "lost" }, /no file 'lost'/],
  ["text-tokenizer", { ...TOKENIZER, max_seq_length: "2" }, /max_seq_length/],
  ["text-tokenizer", { ...TOKENIZER, window_margin: "2" }, /cannot cover a text/],
  ["text-tokenizer", { ...TOKENIZER, window_step: "1", max_windows: "3" }, /cannot cover a text/],
  ["text-tokenizer", { ...TOKENIZER, special_tokens: "[1" }, /special_tokens/],
  ["text-tokenizer", { ...TOKENIZER, special_tokens: '{"start":"a"}' }, /special_tokens/],
  ["text-tokenizer", { ...TOKENIZER, special_tokens: '{"unk":"[UNK]"}' }, /no 'cls' token/],
  ["qa-tokenizer", { ...QA, max_query_length: "3" }, /at most 2/],
  ["qa-tokenizer", { ...QA, doc_stride: "0" }, /doc_stride/],
  ["label-tokens", { token_labels_file: "empty" }, /no file 'empty'/],
  ["qa-postprocessor", { n_best_size: "0", max_answer_length: "1" }, /n_best_size/],
];

for (const [step, parameters, message] of BAD_SETTINGS) {
  test(`${step} refuses to load: ${message.source}`, () => {
    throws(() => load(step, parameters), "INVALID_CONFIG", message);
  });
}

const text = (value: string): Tensors => ({ PIPELINE_INPUT: tensor("string", [value]) });

test("text to windows: words, spans, filled rows, the next page", () => {
  const step = load("text-tokenizer", { ...TOKENIZER, max_windows: "1", length_multiple: "4" });
  const outputs = run(step, text(" A bcc  😀 c b a"));
  // a, b, ##c, ##c fill the window; the emoji is the first token of the next one
  assert.deepEqual(outputs["WORDS"]?.data, ["A", "bcc"]);
  assert.deepEqual([...(outputs["WORD_SPANS"]?.data ?? [])], [1, 2, 3, 6]);
  assert.deepEqual(outputs["input_ids"]?.shape, [1, 6]);
  assert.deepEqual([...(outputs["NEXT_CURSOR"]?.data ?? [])], [2]);
  const next = run(step, {
    ...text(" A bcc  😀 c b a"),
    CURSOR: tensor("int32", Int32Array.of(2)),
  });
  assert.deepEqual(next["WORDS"]?.data, ["😀", "c", "b", "a"]);
  assert.deepEqual([...(next["WORD_SPANS"]?.data.slice(0, 4) ?? [])], [8, 9, 10, 11]);
  const first = run(step, text("a b"));
  assert.deepEqual(first["input_ids"], tensor("int64", BigInt64Array.of(2n, 4n, 5n, 3n), [1, 4]));
  assert.deepEqual([...(first["TOKEN_WORDS"]?.data ?? [])], [-1, 0, 1, -1]);
  assert.deepEqual([...(first["NEXT_CURSOR"]?.data ?? [])], [-1]);
});

test("pages one after the other are the whole text", () => {
  const words = Array.from({ length: 23 }, (_, i) => "abc"[i % 3] ?? "");
  const step = load("text-tokenizer", { ...TOKENIZER, max_windows: "2" });
  const seen: string[] = [];
  for (let cursor = 0; cursor >= 0;) {
    const outputs = run(step, {
      ...text(words.join(" ")),
      CURSOR: tensor("int32", Int32Array.of(cursor)),
    });
    seen.push(...(outputs["WORDS"]?.data as string[]));
    cursor = Number(outputs["NEXT_CURSOR"]?.data[0]);
  }
  assert.deepEqual(seen, words);
});

test("inputs that do not fit are the caller's mistake", () => {
  const tokenizer = load("text-tokenizer", TOKENIZER);
  throws(() => run(tokenizer, {}), "INVALID_REQUEST", /expected one text/);
  const two = { PIPELINE_INPUT: tensor("string", ["a", "b"]) };
  throws(() => run(tokenizer, two), "INVALID_REQUEST", /expected one text/);
  const labels = load("label-tokens", { token_labels_file: "labels" }, {
    labels: encode(["O", "X"]),
  } as never);
  const row = (value: number) => tensor("int32", Int32Array.of(value), [1, 1]);
  const score = tensor("float32", Float32Array.of(1), [1, 1]);
  const inputs = { TOKEN_LABELS: row(1), TOKEN_SCORES: score, TOKEN_WORDS: row(0) };
  assert.deepEqual(run(labels, inputs)["WORD_LABELS"]?.data, ["X"]);
  throws(() => run(labels, { ...inputs, TOKEN_LABELS: row(2) }), "INVALID_REQUEST", /beyond the 2/);
  throws(() => run(labels, { ...inputs, TOKEN_SCORES: row(2) }), "INVALID_REQUEST", /float32/);
  const classes = load("label-text", { class_labels_file: "labels" }, {
    labels: encode(["x", "y"]),
  } as never);
  const three = tensor("float32", Float32Array.of(1, 0, 0), [1, 3]);
  throws(
    () => run(classes, { CLASS_PROBABILITIES: three, TOKEN_WORDS: row(0) }),
    "INVALID_REQUEST",
    /expected 2 classes/,
  );
});

test("a question that is too long is refused, not cut", () => {
  const step = load("qa-tokenizer", QA);
  const ask = (query: string): Tensors =>
    run(step, { QUERY: tensor("string", [query]), CONTEXT: tensor("string", ["a b c a b"]) });
  assert.deepEqual(ask("a")["input_ids"]?.shape, [3, 6], "windows of two tokens");
  throws(() => ask("a b"), "INVALID_REQUEST", /2 tokens, the model takes 1/);
});
