/** What clients may send by mistake or malice: answered or refused, never cut, never a crash. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { deployLanguageModels } from "../../../../test/support/language-pipelines.ts";
import { type NlpServiceUnderTest, openNlpService } from "../../../../test/support/nlp-service.ts";
import { projectRoot } from "../../../../test/support/paths.ts";
import { HOSTILE_TEXTS, LONG_TEXTS } from "../../../../test/support/tokenizer-cases.ts";
import { isToolError } from "../../../errors/tool-error.ts";
import { tensor } from "../../../tensor/tensor.ts";
import { findWords } from "../../../text/language/words.ts";

let folder: string;
let service: NlpServiceUnderTest;

const fixture = (name: string): string =>
  path.join(projectRoot, "test/fixtures/nemo-nlp", name, "model.nemo");

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "bad-input-"));
  const repository = await deployLanguageModels(folder, [
    { pipeline: "punctuation", source: fixture("pc-bert"), words: ["--window_step=30"] },
    { pipeline: "token_classification", source: fixture("tkc-bert") },
    { pipeline: "intent_slot", source: fixture("isc-bert"), words: ["--domain_name=x"] },
    { pipeline: "text_classification", source: fixture("tc-bert"), words: ["--domain_name=x"] },
    { pipeline: "qa", source: fixture("qa-bert") },
  ]);
  service = await openNlpService(repository);
});

after(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const wordsOf = (text: string): string[] =>
  findWords(text).map(({ start, end }) => text.slice(start, end).toLowerCase());

/** Each word is there, perhaps with a mark behind it. */
function assertSameWords(punctuated: string, text: string): void {
  const found = wordsOf(punctuated);
  const wanted = wordsOf(text);
  assert.equal(found.length, wanted.length, "no word is lost");
  const other = found.findIndex((word, i) => {
    const rest = word.startsWith(wanted[i] ?? "") ? word.slice(wanted[i]?.length) : word;
    return !["", ",", ".", "?"].includes(rest);
  });
  assert.equal(other, -1, `word ${other} became ${found[other]?.slice(0, 50)}`);
}

async function askEverything(text: string): Promise<void> {
  const { text: punctuated = [] } = await service.punctuateText({ text: [text] });
  assertSameWords(punctuated[0] ?? "", text);
  const { results = [] } = await service.classifyText({ text: [text] });
  assert.equal(results[0]?.labels?.length, 1);
  const characters = [...text].length;
  const entities = await service.analyzeEntities({ query: text });
  const { slots = [] } = await service.analyzeIntent({ query: text });
  for (const { span } of [...(entities.results?.[0]?.results ?? []), ...slots]) {
    const { start = -1, end = -1 } = span?.[0] ?? {};
    const isInside = start >= 0 && start <= end && end < characters;
    assert.ok(isInside, `${start} to ${end} of ${characters} characters`);
  }
  const answers = await service.naturalQuery({ query: "who", context: text, topN: 3 });
  assert.notEqual(answers.results?.length, 0);
}

for (const [name, text] of Object.entries({ ...HOSTILE_TEXTS, empty: "", blank: " \t\n " })) {
  test(`every RPC answers: ${name}`, () => askEverything(text));
}

test("100 kB of words: every RPC answers, and nothing is cut", async () => {
  const words = ["the", "museum", "in", "vienna", "was", "founded", "by", "two", "sisters"];
  const text = Array.from({ length: 25_000 }, (_, i) => words[(i * i + i) % 9]).join(" ");
  assert.ok(text.length > 100_000, `${text.length} characters`);
  await askEverything(text);
  const last = `${text} munich`;
  const outputs = await service.punctuateText({ text: [last] });
  assert.match(outputs.text?.[0]?.slice(-8) ?? "", /munich/i);
});

for (const name of ["one letter", "nothing but spaces", "nothing but punctuation", "emoji"]) {
  test(`100 kB without words: ${name}`, () => askEverything(LONG_TEXTS[name] ?? ""));
}

test("a query alone may name special tokens; they count as the words they are", async () => {
  const { text } = await service.punctuateText({ text: ["[SEP] [CLS] hello [MASK]"] });
  assertSameWords(text?.[0] ?? "", "[SEP] [CLS] hello [MASK]");
});

test("the order of many texts in one request stays", async () => {
  const texts = Array.from({ length: 100 }, (_, i) =>
    `word number ${i} ${"x ".repeat(i % 7)}`.trim(),
  );
  const { text = [] } = await service.punctuateText({ text: texts });
  assert.equal(text.length, texts.length);
  text.forEach((punctuated, i) => assertSameWords(punctuated, texts[i] ?? ""));
  assert.deepEqual((await service.punctuateText({ text: [] })).text, []);
});

test("a place outside of the text is refused", async () => {
  for (const cursor of [-2, 3, 1_000_000]) {
    await assert.rejects(
      service.engine.infer({
        model: "riva_ner",
        inputs: {
          PIPELINE_INPUT: tensor("string", ["one two"]),
          CURSOR: tensor("int32", Int32Array.of(cursor)),
        },
      }),
      (error) => isToolError(error, "INVALID_REQUEST"),
    );
  }
});

test("a text beyond the limit is refused, with the limit", async () => {
  await assert.rejects(
    service.punctuateText({ text: ["x".repeat((1 << 22) + 1)] }),
    (error) => isToolError(error, "LIMIT_EXCEEDED") && /4194304/.test(error.message),
  );
});

test("a cancelled request ends", async () => {
  const controller = new AbortController();
  const answer = service.engine.infer(
    { model: "riva_ner", inputs: { PIPELINE_INPUT: tensor("string", ["a ".repeat(5000)]) } },
    controller.signal,
  );
  controller.abort();
  await assert.rejects(answer, (error) => isToolError(error, "CANCELLED"));
});
