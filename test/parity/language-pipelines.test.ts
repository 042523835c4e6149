/**
 * Raw text to final answer through pipeline and service, against what the real NeMo answered for
 * the same checkpoint (test/fixtures/nemo-nlp/<case>/cases.json).
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import type { Tensors } from "../../src/tensor/tensor.ts";
import { byteLevelMerges } from "../support/byte-level-merges.ts";
import { deployLanguageModels } from "../support/language-pipelines.ts";
import { type NlpServiceUnderTest, openNlpService } from "../support/nlp-service.ts";
import { projectRoot } from "../support/paths.ts";
import { scratchFolder } from "../support/scratch.ts";

const TOLERANCE = 1e-4;

interface Recorded<C> {
  readonly cases: readonly C[];
  readonly labels: readonly string[];
  readonly batched: { readonly queries: readonly string[]; readonly results: readonly string[] };
}

const fixture = (name: string, file: string): string =>
  path.join(projectRoot, "test/fixtures/nemo-nlp", name, file);
const recorded = <T>(name: string): T =>
  JSON.parse(readFileSync(fixture(name, "cases.json"), "utf8")) as T;

async function serve(
  context: TestContext,
  pipeline: string,
  name: string,
  words: readonly string[] = [],
): Promise<NlpServiceUnderTest> {
  const builds = [{ pipeline, source: fixture(name, "model.nemo"), words }];
  const service = await openNlpService(await deployLanguageModels(scratchFolder(context), builds));
  context.after(() => service.close());
  return service;
}

function close(actual: number | undefined, expected: number | undefined, what: string): void {
  assert.ok(
    Math.abs((actual ?? NaN) - (expected ?? NaN)) <= TOLERANCE,
    `${what}: ${actual} where NeMo has ${expected}`,
  );
}

const texts = (outputs: Tensors, name: string): string[] => [...(outputs[name]?.data as string[])];
const scores = (outputs: Tensors, name: string): number[] => [
  ...(outputs[name]?.data as Float32Array),
];

interface PunctuationCase {
  readonly text: string;
  readonly parameters: Readonly<Record<"max_seq_length" | "step" | "margin", number>>;
  readonly result?: string;
}

for (const name of ["pc-bert", "pc-bert-legacy", "pc-distilbert"]) {
  test(`punctuation: ${name}`, async (context) => {
    const { cases, batched } = recorded<Recorded<PunctuationCase>>(name);
    const settings = new Set(cases.map(({ parameters }) => JSON.stringify(parameters)));
    assert.equal(settings.size, 2);
    for (const setting of settings) {
      const { max_seq_length, step, margin } = JSON.parse(setting) as PunctuationCase["parameters"];
      const service = await serve(context, "punctuation", name, [
        `--max_seq_length=${max_seq_length}`,
        `--window_step=${step}`,
        `--window_margin=${margin}`,
      ]);
      const own = cases.filter(
        ({ parameters, result }) => JSON.stringify(parameters) === setting && result !== undefined,
      );
      assert.ok(own.length > 0);
      const { text } = await service.punctuateText({ text: own.map((item) => item.text) });
      assert.deepEqual(
        text,
        own.map(({ result }) => result),
      );
      if (max_seq_length !== 64) continue;
      const together = await service.punctuateText({ text: [...batched.queries] });
      assert.deepEqual(together.text, batched.results);
    }
  });
}

test("punctuation: pages of a few windows give what one page gives", async (context) => {
  const { cases } = recorded<Recorded<PunctuationCase>>("pc-bert");
  const long = cases.filter(
    ({ parameters, result }) => parameters.max_seq_length === 20 && result !== undefined,
  );
  const words = ["--max_seq_length=20", "--window_step=6", "--window_margin=3"];
  const service = await serve(context, "punctuation", "pc-bert", [...words, "--max_batch_size=2"]);
  const { text } = await service.punctuateText({ text: long.map((item) => item.text) });
  assert.deepEqual(
    text,
    long.map(({ result }) => result),
  );
});

interface TokenCase {
  readonly text: string;
  readonly word_labels?: readonly string[];
  readonly word_probs?: readonly (readonly number[])[];
}

for (const name of ["tkc-bert", "tkc-spe", "tkc-albert"]) {
  test(`token classification: ${name}`, async (context) => {
    const { cases } = recorded<Recorded<TokenCase>>(name);
    const service = await serve(context, "token_classification", name);
    for (const { text, word_labels, word_probs } of cases) {
      if (word_labels === undefined) continue;
      const outputs = await service.run("riva_ner", text);
      assert.deepEqual(texts(outputs, "WORD_LABELS"), word_labels, text);
      scores(outputs, "WORD_SCORES").forEach((score, i) =>
        close(score, Math.max(...(word_probs?.[i] ?? [])), `${text}: word ${i}`),
      );
    }
  });
}

interface IntentCase {
  readonly text: string;
  readonly intent?: string;
  readonly slots?: string;
  readonly intent_probs?: readonly number[];
  readonly word_slot_probs?: readonly (readonly number[])[];
}

for (const name of ["isc-bert", "isc-bert-relu"]) {
  test(`intents and slots: ${name}`, async (context) => {
    const { cases } = recorded<Recorded<IntentCase>>(name);
    const service = await serve(context, "intent_slot", name, ["--domain_name=x"]);
    for (const { text, intent, slots, intent_probs, word_slot_probs } of cases) {
      if (intent === undefined) continue;
      const answer = await service.analyzeIntent({ query: text, options: { domain: "x" } });
      assert.equal(answer.intent?.className, intent, text);
      close(answer.intent?.score, Math.max(...(intent_probs ?? [])), text);
      const outputs = await service.run("riva_intent_x", text);
      assert.equal(texts(outputs, "WORD_LABELS").join(" "), slots, text);
      scores(outputs, "WORD_SCORES").forEach((score, i) =>
        close(score, Math.max(...(word_slot_probs?.[i] ?? [])), `${text}: word ${i}`),
      );
    }
  });
}

interface TextCase {
  readonly text: string;
  readonly parameters: { readonly max_seq_length: number };
  readonly probs?: readonly number[];
  readonly result?: number;
}

for (const name of ["tc-bert", "tc-roberta"]) {
  test(`text classification: ${name}`, async (context) => {
    const { cases, labels } = recorded<Recorded<TextCase>>(name);
    const words = [];
    if (name === "tc-roberta") {
      const merges = path.join(scratchFolder(context), "merges.txt");
      writeFileSync(merges, byteLevelMerges(fixture(name, "model.nemo")));
      words.push(`--tokenizer.merges_file=${merges}`);
    }
    const service = await serve(context, "text_classification", name, words);
    // NeMo names the classes of a model without labels by their numbers
    const names = name === "tc-roberta" ? labels.map((_, i) => String(i)) : labels;
    // a limit of 12 tokens cuts the text there; here nothing is cut
    const whole = cases.filter(
      ({ parameters, result }) => parameters.max_seq_length === -1 && result !== undefined,
    );
    const { results } = await service.classifyText({
      text: whole.map(({ text }) => text),
      topN: 100,
    });
    whole.forEach(({ text, probs, result }, i) => {
      const ranking = results?.[i]?.labels ?? [];
      assert.equal(ranking[0]?.className, names[result ?? -1], text);
      assert.equal(ranking.length, names.length);
      for (const { className, score } of ranking) {
        close(score, probs?.[names.indexOf(className ?? "")], `${text}: ${className}`);
      }
    });
  });
}

interface Questions {
  readonly inputs: readonly {
    readonly paragraphs: readonly {
      readonly context: string;
      readonly qas: readonly { readonly id: string; readonly question: string }[];
    }[];
  }[];
  readonly predictions: Readonly<Record<string, string>>;
  readonly nbest: Readonly<
    Record<string, readonly { readonly text: string; readonly probability: number }[]>
  >;
  readonly parameters: { readonly version_2_with_negative: boolean };
}

/** What NeMo answers where it finds nothing. */
const NOTHING = "empty";

for (const name of ["qa-bert", "qa-bert-log", "qa-bertqa"]) {
  for (const batch of [32, 1]) {
    test(`question answering: ${name}, ${batch} windows at a time`, async (context) => {
      const { inputs, predictions, nbest } = recorded<Questions>(name);
      const service = await serve(context, "qa", name, [`--max_batch_size=${batch}`]);
      for (const { context: passage, qas } of inputs.flatMap(({ paragraphs }) => paragraphs)) {
        for (const { id, question } of qas) {
          const query = { query: question, context: passage, topN: 1000 };
          const { results = [] } = await service.naturalQuery(query);
          const expected = predictions[id] === NOTHING ? "" : predictions[id];
          assert.equal(results[0]?.answer, expected, question);
          for (const { text, probability } of nbest[id] ?? []) {
            if (text === NOTHING) continue;
            const found = results.find(({ answer }) => answer === text);
            close(found?.score, probability, `${question}: ${text}`);
          }
        }
      }
    });
  }
}
