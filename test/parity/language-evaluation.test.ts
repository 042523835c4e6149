/**
 * The trained demonstration models on public evaluation sets, which stay outside of the project:
 * the answers are NeMo's, and so are the metrics computed from them.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { deployLanguageModels } from "../support/language-pipelines.ts";
import {
  answerScores,
  markCounts,
  f1,
  type SpanCounts,
  spanCounts,
} from "../support/language-metrics.ts";
import { type NlpServiceUnderTest, openNlpService } from "../support/nlp-service.ts";
import { projectRoot, sharedRoot, skipWithoutShared as skip } from "../support/paths.ts";
import { scratchFolder } from "../support/scratch.ts";

/** Answers that may differ: the classes were as good as equally probable. */
const NEAR_TIES = 0.002;

function rows<T>(file: string): T[] {
  const text = readFileSync(path.join(sharedRoot as string, "data/nlp", file), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

async function serve(
  context: TestContext,
  pipeline: string,
  model: string,
  words: readonly string[] = [],
): Promise<NlpServiceUnderTest> {
  const source = path.join(projectRoot, `examples/models/${model}_minilm_en.nemo`);
  const folder = scratchFolder(context);
  const repository = await deployLanguageModels(folder, [{ pipeline, source, words }]);
  const service = await openNlpService(repository);
  context.after(() => service.close());
  return service;
}

function assertEqualAnswers(different: number, all: number): void {
  assert.ok(all > 0 && different <= all * NEAR_TIES, `${different} of ${all} answers differ`);
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

interface IntentRow {
  readonly text: string;
  readonly intent: string;
  readonly slots: readonly string[];
  readonly nemo_intent: string;
  readonly nemo_slots: readonly string[];
}

for (const set of ["weather", "snips"]) {
  test(`intents and slots: ${set}`, { skip }, async (context) => {
    const service = await serve(context, "intent_slot", "intent_slot", ["--domain_name=x"]);
    const items = rows<IntentRow>(`intent_slot_${set}.jsonl`);
    const right = { ours: 0, nemo: 0 };
    let different = 0;
    const ours: SpanCounts = spanCounts();
    const nemo: SpanCounts = spanCounts();
    for (const { text, intent, slots, nemo_intent, nemo_slots } of items) {
      const answer = await service.analyzeIntent({ query: text, options: { domain: "x" } });
      const outputs = await service.run("riva_intent_x", text);
      const labels = outputs["WORD_LABELS"]?.data as readonly string[];
      right.ours += Number(answer.intent?.className === intent);
      right.nemo += Number(nemo_intent === intent);
      different += Number(answer.intent?.className !== nemo_intent);
      different += labels.filter((label, i) => label !== nemo_slots[i]).length;
      ours.add(slots, labels);
      nemo.add(slots, nemo_slots);
    }
    assertEqualAnswers(different, items.length);
    assert.equal(right.ours, right.nemo);
    assert.equal(f1(ours), f1(nemo));
    context.diagnostic(
      `${items.length} queries: intent accuracy ${percent(right.ours / items.length)}, slot F1 ${percent(f1(ours))}`,
    );
  });
}

interface EntityRow {
  readonly words: readonly string[];
  readonly labels: readonly string[];
  readonly nemo: readonly string[];
}

test("entities", { skip }, async (context) => {
  const service = await serve(context, "token_classification", "ner");
  const items = rows<EntityRow>("ner.jsonl");
  let different = 0;
  const ours: SpanCounts = spanCounts();
  const nemo: SpanCounts = spanCounts();
  for (const item of items) {
    const outputs = await service.run("riva_ner", item.words.join(" "));
    const labels = outputs["WORD_LABELS"]?.data as readonly string[];
    different += labels.filter((label, i) => label !== item.nemo[i]).length;
    ours.add(item.labels, labels);
    nemo.add(item.labels, item.nemo);
  }
  assertEqualAnswers(different, items.length);
  assert.equal(f1(ours), f1(nemo));
  context.diagnostic(`${items.length} sentences: entity F1 ${percent(f1(ours))}`);
});

interface PunctuationRow {
  readonly text: string;
  readonly reference: string;
  readonly nemo: string;
}

test("punctuation", { skip }, async (context) => {
  const words = ["--max_seq_length=128", "--window_step=8", "--window_margin=16"];
  const service = await serve(context, "punctuation", "punctuation", words);
  const items = rows<PunctuationRow>("punctuation.jsonl");
  const { text = [] } = await service.punctuateText({ text: items.map((item) => item.text) });
  const different = items.filter(({ nemo }, i) => text[i] !== nemo).length;
  assertEqualAnswers(different, items.length);
  const score = (answers: readonly string[]): number =>
    f1(
      markCounts(
        items.map(({ reference }) => reference),
        answers,
      ),
    );
  const ours = score(text);
  assert.equal(ours, score(items.map(({ nemo }) => nemo)));
  context.diagnostic(`${items.length} texts: F1 of marks and capitals ${percent(ours)}`);
});

interface TypeRow {
  readonly text: string;
  readonly label: string;
  readonly nemo: string;
}

test("question types", { skip }, async (context) => {
  const service = await serve(context, "text_classification", "question_type");
  const items = rows<TypeRow>("question_type.jsonl");
  const { results = [] } = await service.classifyText({ text: items.map(({ text }) => text) });
  const answers = results.map(({ labels }) => labels?.[0]?.className ?? "");
  assertEqualAnswers(answers.filter((answer, i) => answer !== items[i]?.nemo).length, items.length);
  const right = (given: readonly string[]): number =>
    given.filter((answer, i) => answer === items[i]?.label).length;
  assert.equal(right(answers), right(items.map(({ nemo }) => nemo)));
  context.diagnostic(
    `${items.length} questions: accuracy ${percent(right(answers) / items.length)}`,
  );
});

interface Passage {
  readonly context: string;
  readonly qas: readonly {
    readonly question: string;
    readonly answers: readonly { readonly text: string }[];
    readonly nemo: string;
  }[];
}

test("answers", { skip }, async (context) => {
  const service = await serve(context, "qa", "qa");
  const ours: string[] = [];
  const nemo: string[] = [];
  const references: string[][] = [];
  for (const { context: passage, qas } of rows<Passage>("qa_xquad_en.jsonl")) {
    for (const { question, answers, nemo: expected } of qas) {
      const { results } = await service.naturalQuery({ query: question, context: passage });
      ours.push(results?.[0]?.answer ?? "");
      nemo.push(expected);
      references.push(answers.map(({ text }) => text));
    }
  }
  assertEqualAnswers(ours.filter((answer, i) => answer !== nemo[i]).length, ours.length);
  const scores = answerScores(references, ours);
  assert.deepEqual(scores, answerScores(references, nemo));
  context.diagnostic(
    `${ours.length} questions: exact ${percent(scores.exact)}, F1 ${percent(scores.f1)}`,
  );
});
