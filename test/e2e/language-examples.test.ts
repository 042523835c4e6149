/** The demonstration models on our own sentences: what NeMo answered, through pipeline and service. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { deployLanguageModels } from "../support/language-pipelines.ts";
import { LANGUAGE_BUILDS, languageModel } from "../support/language-models.ts";
import { type NlpServiceUnderTest, openNlpService } from "../support/nlp-service.ts";
import { projectRoot } from "../support/paths.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

const TOLERANCE = 1e-4;

interface Sentences {
  readonly punctuation: readonly string[];
  readonly entities: readonly string[];
  readonly intents: readonly string[];
  readonly question_types: readonly string[];
  readonly questions: readonly {
    readonly context: string;
    readonly questions: readonly string[];
  }[];
}

interface Expected {
  readonly punctuation: readonly string[];
  readonly entities: readonly {
    readonly labels: readonly string[];
    readonly scores: readonly number[];
  }[];
  readonly intents: readonly {
    readonly intent: string;
    readonly score: number;
    readonly slots: readonly string[];
  }[];
  readonly question_types: readonly Readonly<Record<string, number>>[];
  readonly questions: readonly (readonly { readonly answer: string; readonly score: number }[])[];
}

const read = <T>(file: string): T =>
  JSON.parse(readFileSync(path.join(projectRoot, "examples/text", file), "utf8")) as T;
const sentences = read<Sentences>("sentences.json");
const expected = read<Expected>("expected.json");

let folder: string;
let service: NlpServiceUnderTest;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "language-examples-"));
  const builds = LANGUAGE_BUILDS.map(({ pipeline, model, words }) => ({
    pipeline,
    source: languageModel(model),
    words,
  }));
  service = await openNlpService(await deployLanguageModels(folder, builds));
});

after(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

function close(actual: number | undefined, wanted: number | undefined, what: string): void {
  const difference = Math.abs((actual ?? NaN) - (wanted ?? NaN));
  assert.ok(difference <= TOLERANCE, `${what}: ${actual} where NeMo has ${wanted}`);
}

test("punctuation, a text of several windows among them", async () => {
  const { text } = await service.punctuateText({ text: [...sentences.punctuation] });
  assert.deepEqual(text, expected.punctuation);
});

test("entities", async () => {
  for (const [i, text] of sentences.entities.entries()) {
    const outputs = await service.run("riva_ner", text);
    assert.deepEqual(outputs["WORD_LABELS"]?.data, expected.entities[i]?.labels, text);
    const scores = outputs["WORD_SCORES"]?.data as Float32Array;
    scores.forEach((score, j) => close(score, expected.entities[i]?.scores[j], text));
  }
});

test("intents and slots", async () => {
  for (const [i, text] of sentences.intents.entries()) {
    const { intent, domain } = await service.analyzeIntent({ query: text });
    assert.equal(domain?.className, "assistant", "the only domain");
    assert.equal(intent?.className, expected.intents[i]?.intent, text);
    close(intent?.score, expected.intents[i]?.score, text);
    const outputs = await service.run("riva_intent_assistant", text);
    assert.deepEqual(outputs["WORD_LABELS"]?.data, expected.intents[i]?.slots, text);
  }
});

test("question types, all classes in order", async () => {
  const { results } = await service.classifyText({ text: [...sentences.question_types], topN: 6 });
  results?.forEach(({ labels = [] }, i) => {
    const wanted = Object.entries(expected.question_types[i] ?? {});
    assert.deepEqual(
      labels.map(({ className }) => className),
      wanted.map(([name]) => name),
    );
    labels.forEach(({ score }, j) =>
      close(score, wanted[j]?.[1], sentences.question_types[i] ?? ""),
    );
  });
});

test("answers", async () => {
  for (const [i, { context, questions }] of sentences.questions.entries()) {
    for (const [j, query] of questions.entries()) {
      const { results } = await service.naturalQuery({ query, context });
      assert.equal(results?.length, 1);
      assert.equal(results[0]?.answer, expected.questions[i]?.[j]?.answer, query);
      close(results[0]?.score, expected.questions[i]?.[j]?.score, query);
    }
  }
});
