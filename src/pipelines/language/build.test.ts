/** Language pipelines at build time: names, what is read from archives, what is refused and why. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { buildRmir, deployLanguageModels } from "../../../test/support/language-pipelines.ts";
import { projectRoot, sharedRoot, skipWithoutShared } from "../../../test/support/paths.ts";
import { scratchFolder } from "../../../test/support/scratch.ts";
import { nemoToRiva } from "../../converters/nemo-to-riva.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { openRiva, type RivaArchive } from "../../formats/riva/read.ts";
import { bytesSource } from "../../io/byte-source.ts";
import { parseArchiveRef } from "../../options/archive-ref.ts";
import { defineOptions } from "../../options/option.ts";
import { splitWords, typeOptions } from "../../options/parse.ts";
import { readRepository } from "../../repository/read.ts";
import type { PipelinePlan } from "../plan.ts";
import { findPipeline } from "../registry.ts";

const folder = mkdtempSync(path.join(tmpdir(), "language-build-"));
after(() => rmSync(folder, { recursive: true }));

const fixture = (name: string): string =>
  path.join(projectRoot, "test/fixtures/nemo-nlp", name, "model.nemo");

async function open(name: string): Promise<RivaArchive> {
  const out = path.join(folder, `${name}.riva`);
  const source = fixture(name);
  await nemoToRiva({ source, out, force: true, format: "ONNX", convert: {} });
  return openRiva(out);
}

type Edit = (name: string, text: string) => string | undefined;

/** The archive with other texts in its small files; undefined takes a file out. */
async function edited(name: string, edit: Edit): Promise<RivaArchive> {
  const archive = await open(name);
  const artifacts = [];
  for (const artifact of archive.artifacts) {
    if (artifact.name.endsWith(".onnx") || artifact.name.endsWith(".model")) {
      artifacts.push(artifact);
      continue;
    }
    const bytes = await artifact.source.read(0, artifact.source.sizeBytes);
    const text = edit(artifact.name, new TextDecoder().decode(bytes));
    if (text === undefined) continue;
    artifacts.push({ ...artifact, source: bytesSource(Buffer.from(text), artifact.name) });
  }
  return { ...archive, artifacts };
}

async function plan(
  pipeline: string,
  archive: RivaArchive,
  words: readonly string[] = [],
): Promise<PipelinePlan> {
  const found = findPipeline(pipeline);
  const { values, given } = typeOptions(splitWords(words, found.options).options, found.options);
  try {
    return await found.plan({ archives: [archive], values: values as never, given });
  } finally {
    await archive.close();
  }
}

const refuses = (promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> =>
  assert.rejects(promise, (error) => {
    assert.ok(isToolError(error, code), `${String(error)} where ${code} was expected`);
    assert.match(error.message, message);
    assert.notEqual(error.hint, "");
    return true;
  });

test("models are named as the original names them", async (context) => {
  const names = async (builds: Parameters<typeof deployLanguageModels>[1]): Promise<string[]> => {
    const repository = await deployLanguageModels(scratchFolder(context), builds);
    return (await readRepository(repository)).map(({ name }) => name);
  };
  assert.deepEqual(
    await names([
      { pipeline: "qa", source: fixture("qa-bert") },
      { pipeline: "punctuation", source: fixture("pc-bert") },
      { pipeline: "token_classification", source: fixture("tkc-bert") },
      { pipeline: "intent_slot", source: fixture("isc-bert"), words: ["--domain_name=weather"] },
      { pipeline: "intent_slot", source: fixture("isc-bert-relu"), words: ["--domain_name=home"] },
      { pipeline: "text_classification", source: fixture("tc-bert") },
    ]),
    [
      "intent_slot_detokenizer",
      "intent_slot_label_tokens_home",
      "intent_slot_label_tokens_weather",
      "intent_slot_tokenizer_home",
      "intent_slot_tokenizer_weather",
      "punctuation_punctuation_postprocessor",
      "punctuation_tokenizer",
      "qa_qa_postprocessor",
      "qa_tokenizer",
      "riva-onnx-riva_intent_home-nn-bert-base-uncased",
      "riva-onnx-riva_intent_weather-nn-bert-base-uncased",
      "riva-onnx-riva_ner-nn-bert-base-cased",
      "riva-onnx-riva_punctuation-nn-bert-base-uncased",
      "riva-onnx-riva_qa-nn-bert-base-uncased",
      "riva-onnx-riva_text_classification_default-nn-bert-base-uncased",
      "riva_intent_home",
      "riva_intent_weather",
      "riva_ner",
      "riva_punctuation",
      "riva_qa",
      "riva_text_classification_default",
      "text_classification_label_text_default",
      "text_classification_tokenizer_default",
      "token_classification_detokenizer",
      "token_classification_label_tokens",
      "token_classification_tokenizer",
    ],
  );
  const german = ["--language_code=de-DE", "--name=riva_punctuation_de"];
  assert.deepEqual(
    await names([
      { pipeline: "punctuation", source: fixture("pc-bert") },
      { pipeline: "punctuation", source: fixture("pc-distilbert"), words: german },
      { pipeline: "token_classification", source: fixture("tkc-bert"), words: ["--domain_name=x"] },
    ]).then((all) => all.filter((name) => /de|_x/.test(name))),
    [
      "punctuation_punctuation_postprocessor_riva_punctuation_de-de-DE",
      "punctuation_tokenizer_riva_punctuation_de-de-DE",
      "riva-onnx-riva_ner_x-nn-bert-base-cased",
      "riva-onnx-riva_punctuation_de-nn-distilbert-base-uncased",
      "riva_ner_x",
      "riva_punctuation_de",
      "token_classification_detokenizer",
      "token_classification_label_tokens_x",
      "token_classification_tokenizer_x",
    ],
  );
});

test("what the archive says is taken from it, what the user says wins", async () => {
  const value = (made: PipelinePlan, name: string) => {
    const option = made.options.find((entry) => entry.name === name);
    return [option?.value, option?.source];
  };
  const read = await plan("qa", await open("qa-bert"));
  assert.deepEqual(value(read, "max_seq_length"), [64, "model"]);
  assert.deepEqual(value(read, "doc_stride"), [24, "model"]);
  assert.equal(read.description.parameters["version_2_with_negative"], true);
  const given = await plan("qa", await open("qa-bert"), ["--doc_stride=10"]);
  assert.deepEqual(value(given, "doc_stride"), [10, "given"]);
  const whole = await plan("token_classification", await open("tkc-bert"));
  assert.deepEqual(value(whole, "max_seq_length"), [256, "model"]);
  const roberta = ["--tokenizer.merges_file=package.json"];
  const shifted = await plan("text_classification", await open("tc-roberta"), roberta);
  assert.deepEqual(value(shifted, "max_seq_length"), [256, "model"], "258 positions, two reserved");
});

test("the same archive and options give the same bytes", async () => {
  const files = [path.join(folder, "a.rmir"), path.join(folder, "b.rmir")] as const;
  for (const file of files) {
    await buildRmir(folder, file, { pipeline: "intent_slot", source: fixture("isc-bert") });
    rmSync(`${file}.riva`);
  }
  assert.deepEqual(readFileSync(files[0]), readFileSync(files[1]));
});

test("an archive of another pipeline is refused by name of its own", async () => {
  await refuses(plan("qa", await open("pc-bert")), "UNSUPPORTED_ARCHITECTURE", /PunctuationCapit/);
  await assert.rejects(plan("qa", await open("pc-bert")), (error) => {
    return isToolError(error) && /riva-build punctuation/.test(error.hint);
  });
});

const isLabels = (name: string): boolean => /labels?(_ids)?\.csv$|label_ids\.csv$/.test(name);
const LABELLED = [
  ["punctuation", "pc-bert"],
  ["token_classification", "tkc-bert"],
  ["intent_slot", "isc-bert"],
  ["text_classification", "tc-bert"],
] as const;

for (const [pipeline, name] of LABELLED) {
  test(`${pipeline}: labels that are missing, or fewer than the weights know`, async () => {
    const without = (config: string): string =>
      config.replace(/^(label_ids|data_desc):\n( .*\n)+/gm, "");
    const missing = await edited(name, (file, text) =>
      isLabels(file) ? undefined : file === "model_config.yaml" ? without(text) : text,
    );
    await refuses(plan(pipeline, missing), "INVALID_FILE", /the archive has no '.*csv'/);
    const fewer = await edited(name, (file, text) => {
      if (file === "model_config.yaml") return without(text);
      return isLabels(file) ? text.trimEnd().split("\n").slice(1).join("\n") : text;
    });
    await refuses(
      plan(pipeline, fewer),
      "INVALID_CONFIG",
      /the network has \d+ classes, but there are \d+ labels/,
    );
  });
}

test("an archive without labels or vocabulary at all", async () => {
  const unlabelled = await edited("pc-bert", (file, text) =>
    file === "model_config.yaml"
      ? text.replace(/punct_labels_file: .*/, "punct_labels_file: null")
      : text,
  );
  await refuses(plan("punctuation", unlabelled), "INVALID_FILE", /no labels \(class_labels\.punct/);
  const nameless = await edited("pc-bert", (file, text) =>
    file === "model_config.yaml" ? text.replace(/vocab_file: .*/, "vocab_file: null") : text,
  );
  await refuses(plan("punctuation", nameless), "INVALID_FILE", /no vocabulary for its tokenizer/);
  const lost = await edited("pc-bert", (file, text) =>
    file.endsWith("vocab.txt") ? undefined : text,
  );
  await refuses(plan("punctuation", lost), "INVALID_FILE", /the archive has no '.*vocab\.txt'/);
});

test("a byte-level tokenizer needs its merges", async () => {
  const { notices } = await plan("text_classification", await open("tc-roberta"), [
    "--tokenizer.merges_file=package.json",
  ]);
  assert.match(notices[0]?.text ?? "", /no labels.*classes are named 0 to 1/);
  await refuses(plan("text_classification", await open("tc-roberta")), "USAGE", /no merges\.txt/);
});

const WRONG: readonly (readonly [string, string, readonly string[], RegExp])[] = [
  ["punctuation", "pc-bert", ["--max_seq_length=257"], /the model takes 256 tokens/],
  ["punctuation", "pc-bert", ["--window_margin=31"], /leaves nothing of windows of 64/],
  ["punctuation", "pc-bert", ["--max_batch_size=3"], /lies in 4 windows, but at most 3/],
  ["punctuation", "pc-bert", ["--language_code=de_DE"], /expected a BCP-47 code/],
  ["punctuation", "pc-bert", ["--name=a/b"], /cannot be the name of a folder/],
  ["punctuation", "pc-bert", ["--language_model.opt_batch_size=64"], /above the largest batch/],
  ["intent_slot", "isc-bert", ["--domain_name="], /is empty/],
  ["intent_slot", "isc-bert", ["--domain_name=../x"], /cannot be the name of a folder/],
  ["qa", "qa-bert", ["--max_query_length=61"], /leave no room in 64/],
];

for (const [pipeline, name, words, message] of WRONG) {
  test(`${pipeline} ${words.join(" ")}`, async () => {
    await refuses(plan(pipeline, await open(name), words), "USAGE", message);
  });
}

interface Line {
  readonly id: string;
  readonly pipeline?: string | null;
  readonly argv: readonly string[];
  readonly expects?: {
    readonly action: string;
    readonly output: { readonly path: string; readonly key: string | null };
    readonly inputs: readonly { readonly path: string; readonly key: string | null }[];
    readonly force: boolean;
    readonly name?: string;
    readonly language_code?: string;
  };
}

const LANGUAGE = [
  "qa",
  "token_classification",
  "intent_slot",
  "text_classification",
  "punctuation",
];

function corpus(file: string): Line[] {
  return readFileSync(path.join(sharedRoot as string, "corpus/riva-build", file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line)
    .filter(({ argv }) => argv[0] === "riva-build" && LANGUAGE.includes(argv[1] ?? ""));
}

const table = (pipeline: string) =>
  defineOptions({
    ...findPipeline(pipeline).options,
    force: { type: "bool", short: "f", default: false, doc: "Overwrite" },
    help: { type: "bool", short: "h", default: false, doc: "Help" },
  });

test("documented command lines mean what they mean there", { skip: skipWithoutShared }, () => {
  const lines = corpus("commands.jsonl").filter(({ expects }) => expects?.action === "build");
  assert.ok(lines.length >= 9, `${lines.length} command lines`);
  for (const { id, argv, expects } of lines) {
    const options = table(argv[1] ?? "");
    const words = splitWords(argv.slice(2), options);
    const { values } = typeOptions(words.options, options);
    const [output, ...inputs] = words.positionals.map(parseArchiveRef);
    const pair = (ref: typeof output) => [ref?.path, ref?.key ?? null];
    assert.deepEqual(pair(output), [expects?.output.path, expects?.output.key], id);
    assert.deepEqual(
      inputs.map(pair),
      expects?.inputs.map(({ path: file, key }) => [file, key]),
      id,
    );
    assert.equal(values.force, expects?.force, id);
    if (expects?.name !== undefined) assert.equal((values as { name?: string }).name, expects.name);
  }
});

test("options of other pipelines are refused", { skip: skipWithoutShared }, () => {
  const lines = corpus("errors.jsonl").filter(({ argv }) =>
    argv.some((word) => /^--\w+=/.test(word)),
  );
  assert.ok(lines.length >= 3);
  for (const { id, argv } of lines) {
    assert.throws(
      () => splitWords(argv.slice(2), table(argv[1] ?? "")),
      (error) => isToolError(error, "USAGE"),
      id,
    );
  }
});
