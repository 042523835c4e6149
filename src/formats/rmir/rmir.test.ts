import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { projectRoot } from "../../../test/support/paths.ts";
import { type ErrorCode } from "../../errors/codes.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { MemorySink } from "../../io/byte-sink.ts";
import { readAll } from "../../io/byte-source.ts";
import { archiveKind } from "../archive-kind.ts";
import { effMap, type EffMap } from "../eff/value.ts";
import { writeEff, type EffEntry } from "../eff/write.ts";
import { makeTarHeader } from "../tar/header.ts";
import { finishTar, writeTarMember } from "../tar/write.ts";
import { openRiva } from "../riva/read.ts";
import { printDescription, type RmirDescription } from "./description.ts";
import { openRmir } from "./read.ts";
import { rmirFileName, writeRmir } from "./write.ts";

const folder = mkdtempSync(path.join(tmpdir(), "rmir-"));
after(() => rmSync(folder, { recursive: true }));

const description: RmirDescription = {
  pipeline: "speech_recognition",
  name: "riva-asr",
  parameters: { sample_rate: 16000, offline: false },
  components: [
    { name: "nn", runtime: "onnx", files: { onnx: "nn-model_graph.onnx" }, parameters: {} },
    {
      name: "featurizer",
      runtime: "onnx",
      files: {},
      parameters: { mels: 80, list: [1, "a", null] },
    },
  ],
};
const files = new Map([["nn-model_graph.onnx", Buffer.from("graph")]]);

async function saved(name: string, write: (sink: MemorySink) => Promise<void>): Promise<string> {
  const sink = new MemorySink();
  await write(sink);
  const file = path.join(folder, name);
  writeFileSync(file, sink.bytes());
  return file;
}

test("what is written is read back, the same each time", async () => {
  const file = await saved("a.rmir", (sink) => writeRmir(sink, description, files));
  const archive = await openRmir(file);
  assert.deepEqual(archive.description, description);
  const graph = archive.files.get("nn-model_graph.onnx");
  assert.equal(Buffer.from(await readAll(graph!, 100)).toString(), "graph");
  await archive.close();
  const [first, second] = [new MemorySink(), new MemorySink()];
  await writeRmir(first, description, files);
  await writeRmir(second, description, new Map(files));
  assert.deepEqual(first.bytes(), second.bytes());
});

test("files are called after their component", () => {
  assert.equal(rmirFileName("nn", "model_graph.onnx"), "nn-model_graph.onnx");
  assert.equal(rmirFileName("lm_decoder", "/tmp/x/vocab.txt"), "lm_decoder-vocab.txt");
});

const eff =
  (metadata: EffMap, artifacts: EffEntry[] = []) =>
  (sink: MemorySink) =>
    writeEff(sink, { metadata, artifacts });
const described = (text: string): EffEntry => ({
  name: "pipeline.json",
  properties: effMap({}),
  content: Buffer.from(text),
});
const version1 = effMap({ rmir_version: 1 });

async function checkpoint(sink: MemorySink): Promise<void> {
  await writeTarMember(sink, {
    name: "./model_config.yaml",
    sizeBytes: 2,
    content: [Buffer.from("a:")],
  });
  await finishTar(sink);
}

const refused: [string, (sink: MemorySink) => Promise<void>, ErrorCode, RegExp][] = [
  [
    "another version",
    eff(effMap({ rmir_version: 2 })),
    "UNSUPPORTED",
    /version 2.* riva-build of this version/,
  ],
  ["a .riva", eff(effMap({ obj_cls: "a.B" })), "INVALID_FILE", /a\.B.*riva-build <pipeline>/],
  ["an RMIR of somebody else", eff(effMap({})), "UNSUPPORTED", /riva-build/],
  ["a .nemo", checkpoint, "INVALID_FILE", /nemo2riva/],
  ["no description", eff(version1), "INVALID_FILE", /pipeline\.json/],
  ["no JSON", eff(version1, [described("{")]), "INVALID_FILE", /not JSON/],
  [
    "a wrong field",
    eff(version1, [described('{"pipeline": 5}')]),
    "INVALID_FILE",
    /components: expected a list/,
  ],
  [
    "a list of parameters",
    eff(version1, [
      described('{"pipeline": "x", "name": "y", "parameters": [], "components": []}'),
    ]),
    "INVALID_FILE",
    /parameters: expected an object/,
  ],
  [
    "a missing file",
    eff(version1, [described(printDescription(description))]),
    "INVALID_FILE",
    /nn lacks 'nn-model_graph.onnx'/,
  ],
];

for (const [what, write, code, words] of refused) {
  test(`refused: ${what}`, async () => {
    const file = await saved("refused", write);
    await assert.rejects(openRmir(file), (error: unknown) => {
      assert(isToolError(error, code), String(error));
      assert.match(`${error.message} ${error.hint}`, words);
      assert.equal(error.at[0], file);
      return true;
    });
  });
}

test("the tools tell the kinds of archives apart", async () => {
  const rmir = await saved("k.rmir", (sink) => writeRmir(sink, description, files));
  const nemo = await saved("k.nemo", checkpoint);
  const text = await saved("k.txt", (sink) =>
    sink.write(makeTarHeader({ name: "x", sizeBytes: 9, type: "0", mode: 0 })),
  );
  const riva = path.join(projectRoot, "test/fixtures/riva/quartznet-char.riva");
  const kinds = await Promise.all([rmir, nemo, text, riva].map(archiveKind));
  assert.deepEqual(kinds, ["rmir", "nemo", "other", "riva"]);
  await assert.rejects(
    openRiva(rmir),
    (e) => isToolError(e, "INVALID_FILE") && e.hint.includes("riva-deploy"),
  );
  await assert.rejects(
    openRiva(nemo),
    (e) => isToolError(e, "INVALID_FILE") && e.hint.includes("nemo2riva"),
  );
});
