import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { projectRoot } from "../../test/support/paths.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { isToolError } from "../errors/tool-error.ts";
import { openEff } from "../formats/eff/read.ts";
import { effMap } from "../formats/eff/value.ts";
import { writeEff } from "../formats/eff/write.ts";
import { finishTar, writeTarMember } from "../formats/tar/write.ts";
import { MemorySink } from "../io/byte-sink.ts";
import { readAll } from "../io/byte-source.ts";
import { splitWords, typeOptions } from "../options/parse.ts";
import { buildPipeline } from "../pipelines/build-pipeline.ts";
import { findPipeline } from "../pipelines/registry.ts";
import { readRepository } from "../repository/read.ts";
import { deploy } from "./deploy.ts";

const folder = mkdtempSync(path.join(tmpdir(), "deploy-"));
const stepsFolder = path.join(folder, "steps");
before(() => {
  mkdirSync(stepsFolder);
  for (const name of ["bundle.js", "model.py"]) writeFileSync(path.join(stepsFolder, name), name);
});
after(() => rmSync(folder, { recursive: true }));

const riva = (name: string): string => path.join(projectRoot, "test/fixtures/riva", `${name}.riva`);

/** Builds an RMIR and returns its path. */
async function rmir(name: string, model: string, words: readonly string[] = []): Promise<string> {
  const pipeline = findPipeline("speech_recognition");
  const { values, given } = typeOptions(
    splitWords(words, pipeline.options).options,
    pipeline.options,
  );
  const output = path.join(folder, `${name}.rmir`);
  const inputs = [{ path: riva(model), key: undefined }];
  await buildPipeline({
    pipeline,
    output: { path: output, key: undefined },
    inputs,
    values,
    given,
    force: true,
  });
  return output;
}

async function run(
  rmirs: readonly string[],
  repository: string,
  { force = false, log = [] as string[] } = {},
): Promise<readonly string[]> {
  return deploy({
    rmirs: rmirs.map((file) => ({ path: file, key: undefined })),
    repository,
    force,
    stepsFolder,
    onProgress: (level, text) => log.push(`${level} ${text}`),
  });
}

function filesBelow(place: string): string[] {
  const names = readdirSync(place, { recursive: true, encoding: "utf8" });
  return names.filter((name) => statSync(path.join(place, name)).isFile()).sort();
}

/** Names of all files, and the text of the configs. */
function describeRepository(place: string): string {
  return filesBelow(place)
    .map((name) => {
      if (!name.endsWith("config.pbtxt")) return `== ${name}\n`;
      return `== ${name}\n${readFileSync(path.join(place, name), "utf8")}`;
    })
    .join("");
}

const goldens: [string, string, string[]][] = [
  ["streaming", "fastconformer-ctc-bpe", []],
  [
    "offline",
    "quartznet-char",
    ["--offline", "--name=digits", "--language_code=en-GB", "--nn.opt_batch_size=8"],
  ],
];

for (const [name, model, words] of goldens) {
  test(`the repository of a pipeline, ${name}`, async () => {
    const repository = path.join(folder, `golden-${name}`);
    await run([await rmir(name, model, words)], repository);
    const text = describeRepository(repository);
    const golden = path.join(projectRoot, "test/golden", `speech-recognition-${name}.txt`);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
    assert(!text.includes(folder), "no path of this machine");
    assert.equal((await readRepository(repository)).length, 6);
  });
}

test("the log has the lines of the original", async () => {
  const log: string[] = [];
  const repository = path.join(folder, "log");
  await run([await rmir("log", "quartznet-char")], repository, { log });
  assert.deepEqual(log.slice(0, 5), [
    `INFO Writing Riva model repository to '${repository}'...`,
    `INFO The riva model repo target directory is ${repository}`,
    "INFO Using onnx runtime",
    `INFO Extract_binaries for nn -> ${repository}/riva-onnx-riva-asr-am-streaming/1`,
    `INFO extracting {'onnx': 'nn-model_graph.onnx'} -> ${repository}/riva-onnx-riva-asr-am-streaming/1`,
  ]);
  assert.equal(log.at(-1), `INFO Extract_binaries for self -> ${repository}/riva-asr/1`);
});

test("the same RMIR gives the same bytes", async () => {
  const file = await rmir("same", "quartznet-char");
  const places = ["same-a", "same-b"].map((name) => path.join(folder, name));
  for (const place of places) await run([file], place);
  const [a, b] = places as [string, string];
  assert.deepEqual(filesBelow(a), filesBelow(b));
  for (const name of filesBelow(a)) {
    assert.deepEqual(readFileSync(path.join(a, name)), readFileSync(path.join(b, name)), name);
  }
});

test("an existing model is kept unless -f says otherwise, and then nothing changes", async () => {
  const repository = path.join(folder, "existing");
  const file = await rmir("existing", "quartznet-char");
  mkdirSync(path.join(repository, "riva-asr-endpointing-streaming"), { recursive: true });
  writeFileSync(path.join(repository, "riva-asr-endpointing-streaming", "mine"), "");
  await assert.rejects(
    run([file], repository),
    (e) => isToolError(e, "OUTPUT_EXISTS") && e.message.includes("riva-asr-endpointing-streaming"),
  );
  assert.deepEqual(filesBelow(repository), ["riva-asr-endpointing-streaming/mine"]);
  await run([file], repository, { force: true });
  assert(!existsSync(path.join(repository, "riva-asr-endpointing-streaming", "mine")));
  assert.equal(readdirSync(repository).length, 6);
});

test("a failure while the last model is prepared leaves the repository as it was", async () => {
  const repository = path.join(folder, "failing");
  const file = await rmir("failing", "quartznet-char");
  // a file where the folder of the first model of the list should go
  mkdirSync(repository);
  writeFileSync(path.join(repository, "riva-onnx-riva-asr-am-streaming"), "");
  await assert.rejects(run([file], repository, { force: true }), (e) =>
    isToolError(e, "CANNOT_WRITE"),
  );
  assert.deepEqual(readdirSync(repository), ["riva-onnx-riva-asr-am-streaming"]);
});

test("two pipelines share what is equal", async () => {
  const repository = path.join(folder, "shared");
  const shared = ["--acoustic_model_name=am", "--featurizer_name=mel", "--max_batch_size=8"];
  const online = await rmir("shared-a", "quartznet-char", ["--name=a", ...shared]);
  const offline = await rmir("shared-b", "quartznet-char", ["--name=b", "--offline", ...shared]);
  const names = await run([online, offline], repository);
  assert.equal(names.length, 6 + 4);
  assert.deepEqual(
    names.filter((name) => !/^[ab](-|$)/.test(name)),
    ["riva-onnx-am", "mel"],
  );
});

test("two different models of one name are refused", async () => {
  const repository = path.join(folder, "clash");
  const files = [await rmir("c", "quartznet-char"), await rmir("d", "fastconformer-ctc-bpe")];
  await assert.rejects(
    run(files, repository, { force: true }),
    (e) => isToolError(e, "USAGE") && e.message.includes("riva-onnx-riva-asr-am-streaming"),
  );
  assert(!existsSync(repository));
});

async function saved(name: string, write: (sink: MemorySink) => Promise<void>): Promise<string> {
  const sink = new MemorySink();
  await write(sink);
  const file = path.join(folder, name);
  writeFileSync(file, sink.bytes());
  return file;
}

const checkpoint = async (sink: MemorySink): Promise<void> => {
  await writeTarMember(sink, {
    name: "./model_config.yaml",
    sizeBytes: 2,
    content: [Buffer.from("a:")],
  });
  await finishTar(sink);
};

const refused: [string, () => Promise<string>, ErrorCode, string][] = [
  ["a .riva", async () => riva("quartznet-char"), "INVALID_FILE", "riva-build"],
  ["a .nemo", () => saved("m.nemo", checkpoint), "INVALID_FILE", "nemo2riva"],
  ["a missing file", async () => path.join(folder, "none.rmir"), "NOT_FOUND", "spelling"],
  [
    "an RMIR of another version",
    () =>
      saved("v.rmir", (sink) =>
        writeEff(sink, { metadata: effMap({ rmir_version: 99 }), artifacts: [] }),
      ),
    "UNSUPPORTED",
    "riva-build of this version",
  ],
];

for (const [what, make, code, hint] of refused) {
  test(`refused: ${what}`, async () => {
    const repository = path.join(folder, "refused");
    await assert.rejects(
      run([await make()], repository),
      (e) => isToolError(e, code) && e.hint.includes(hint),
    );
    assert(!existsSync(repository));
  });
}

type Change = (description: string) => string;

/** Wrong RMIRs, by what is changed in the text of a right one's description. */
const hostile: [string, Change, ErrorCode][] = [
  [
    "a model name that leaves the folder",
    (t) => t.replace('"riva-onnx-riva-asr-am-streaming"', '"../x"'),
    "INVALID_CONFIG",
  ],
  [
    "a pipeline name that leaves the folder",
    (t) => t.replace('"name": "riva-asr"', '"name": "../x"'),
    "INVALID_CONFIG",
  ],
  [
    "a file name that leaves the folder",
    (t) => t.replace('"vocab_file": "riva_decoder_vocabulary.txt"', '"vocab_file": "../../x"'),
    "INVALID_CONFIG",
  ],
  [
    "half a batch",
    (t) => t.replace('"max_batch_size": 32', '"max_batch_size": 1.5'),
    "INVALID_FILE",
  ],
  [
    "a negative batch",
    (t) => t.replace('"max_batch_size": 32', '"max_batch_size": -1'),
    "INVALID_FILE",
  ],
  ["no graph", (t) => t.replace('"onnx": "nn-model_graph.onnx"', ""), "INVALID_FILE"],
  ["no such step", (t) => t.replace('"ctc-endpointing"', '"rm -rf"'), "UNSUPPORTED"],
  ["no such pipeline", (t) => t.replace('"speech_recognition"', '"speech"'), "USAGE"],
  ["no endpointing", (t) => t.replace('"name": "endpointing"', '"name": "other"'), "INVALID_FILE"],
  ["features of another width", (t) => t.replace('"mels": 64', '"mels": 80'), "INVALID_CONFIG"],
  ["no preprocessor", (t) => t.replace('"preprocessor": {', '"other": {'), "INVALID_FILE"],
];

for (const [what, change, code] of hostile) {
  test(`refused: ${what}`, async () => {
    const archive = await openEff(await rmir("hostile-source", "quartznet-char"));
    const artifacts = await Promise.all(
      archive.artifacts.map(async ({ name, properties, source }) => {
        const bytes = await readAll(source, 1 << 24);
        if (name !== "pipeline.json") return { name, properties, content: bytes };
        const text = Buffer.from(bytes).toString();
        assert.notEqual(change(text), text, "the change changes something");
        return { name, properties, content: Buffer.from(change(text)) };
      }),
    );
    const { metadata } = archive;
    const file = await saved("hostile.rmir", (sink) => writeEff(sink, { metadata, artifacts }));
    await archive.close();
    const repository = path.join(folder, "hostile", "models");
    await assert.rejects(run([file], repository, { force: true }), (e) => isToolError(e, code));
    assert(!existsSync(path.join(folder, "hostile")));
  });
}

test("the last argument must be the repository", async () => {
  const file = await rmir("last", "quartznet-char");
  for (const [rmirs, repository] of [
    [[], file],
    [[file], file],
    [[file], "/x.rmir:key"],
  ] as const) {
    await assert.rejects(run(rmirs, repository), (e) => isToolError(e, "USAGE"));
  }
});

test("without the built steps there is advice", async () => {
  const request = {
    rmirs: [{ path: await rmir("steps", "quartznet-char"), key: "superfluous" }],
    repository: path.join(folder, "steps-missing"),
    force: false,
    stepsFolder: folder,
  };
  await assert.rejects(
    deploy(request),
    (e) => isToolError(e, "UNAVAILABLE") && e.hint.includes("build"),
  );
});
