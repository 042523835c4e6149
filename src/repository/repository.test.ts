import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { projectRoot } from "../../test/support/paths.ts";
import { isToolError } from "../errors/tool-error.ts";
import { DataType, ModelConfigSchema } from "../gen/model_config_pb.ts";
import { layOutRepository } from "./layout.ts";
import { parseModelConfigText, writeModelConfigText } from "./model-config-text.ts";
import { listModelFolders, readModel, readRepository } from "./read.ts";
import { writeRepository } from "./write.ts";

const fixtures = path.join(projectRoot, "test/fixtures/triton");

interface Expectation {
  readonly loads: boolean;
  readonly checked_by: string;
  readonly models: Record<string, { loads: boolean; error: string | null; versions?: string[] }>;
}

/** What is only seen with all models, with the model's files, or with a backend. */
const SEEN_LATER = new Set([
  "ensemble-batch",
  "ensemble-cycle",
  "ensemble-input-not-mapped",
  "ensemble-self",
  "ensemble-shape",
  "ensemble-type",
  "ensemble-unknown-input",
  "ensemble-unknown-model",
  "ensemble-unknown-output",
  "ensemble-version",
  "instance-gpu",
  "label-file-missing",
  "state-file",
  "unknown-backend",
  "warmup-input",
]);

/** Triton's text without the words around it; for the text format only our own words matter. */
function reason(error: string): string {
  return error
    .replace(/^(Poll failed for model directory|load failed for model) '[^']*': /, "")
    .replace(/^(Invalid argument|Internal): /, "");
}

const names = readdirSync(fixtures).filter((name) => !name.includes("."));
for (const name of names) {
  const expected = JSON.parse(
    readFileSync(path.join(fixtures, name, "expect.json"), "utf8"),
  ) as Expectation;
  if (expected.checked_by !== "core" || SEEN_LATER.has(name)) continue;
  test(`fixture ${name}: reads as Triton does`, async () => {
    for (const [model, { loads, error, versions }] of Object.entries(expected.models)) {
      if (error?.includes("not available or ambiguous") === true) continue;
      if (loads) {
        const read = await readModel(path.join(fixtures, name), model);
        const found = read.versions.map(({ version }) => version);
        assert.deepEqual(found, versions ?? found);
        continue;
      }
      await assert.rejects(readModel(path.join(fixtures, name), model), (thrown: unknown) => {
        assert.ok(isToolError(thrown), String(thrown));
        assert.equal(thrown.at[0], model);
        if (error?.startsWith("libprotobuf") === true) {
          const line = /ModelConfig: (\d+):/.exec(error)?.[1];
          assert.ok(thrown.at.some((place) => place.startsWith("line ")));
          if (name !== "text-unclosed") assert.equal(thrown.at.at(-1), `line ${line}`);
        } else if (name === "no-config" || name === "label-file-outside") {
          assert.match(thrown.message, /config.pbtxt|labels.txt/);
        } else {
          assert.equal(thrown.message, reason(error ?? ""));
        }
        return true;
      });
    }
  });
}

const ensemble = create(ModelConfigSchema, {
  name: "pipe",
  platform: "ensemble",
  input: [{ name: "X", dataType: DataType.TYPE_FP32, dims: [-1n] }],
  output: [{ name: "Y", dataType: DataType.TYPE_STRING, dims: [1n] }],
  parameters: { language_code: { stringValue: "en-US" } },
  schedulingChoice: {
    case: "ensembleScheduling",
    value: {
      step: [{ modelName: "m", modelVersion: -1n, inputMap: { X: "X" }, outputMap: { Y: "Y" } }],
    },
  },
});

test("the text names max_batch_size 0 and keeps parameters on lines of their own", () => {
  const text = writeModelConfigText(ensemble);
  assert.match(text, /^max_batch_size: 0$/m);
  assert.match(text, /^ {2}key: "language_code"$/m);
  assert.match(text, /^ {4}string_value: "en-US"$/m);
  assert.deepEqual(parseModelConfigText(text), ensemble);
  const batched = create(ModelConfigSchema, { name: "m", maxBatchSize: 8 });
  assert.equal(writeModelConfigText(batched).match(/max_batch_size/g)?.length, 1);
});

test("an ensemble gets a version folder that is not empty", () => {
  const files = layOutRepository([{ config: ensemble, files: {} }]);
  assert.deepEqual(
    files.map((file) => file.path),
    ["pipe/1/.keep", "pipe/config.pbtxt"],
  );
});

test("paths and names that leave the folder are refused", () => {
  for (const file of ["../x", "/etc/passwd", "1/../../x", "1\\x", "config.pbtxt"]) {
    assert.throws(
      () => layOutRepository([{ config: ensemble, files: { [file]: "" } }]),
      (error: unknown) => isToolError(error, "INVALID_CONFIG"),
      file,
    );
  }
  const named = create(ModelConfigSchema, { name: "a/b" });
  assert.throws(() => layOutRepository([{ config: named, files: {} }]), /path traversal/);
  assert.throws(
    () =>
      layOutRepository([
        { config: ensemble, files: {} },
        { config: ensemble, files: {} },
      ]),
    /two models/,
  );
});

test("what is written is read again, by version policy", async (t) => {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), "repository-")), "models");
  t.after(() => rmSync(path.dirname(folder), { recursive: true }));
  const model = create(ModelConfigSchema, {
    name: "m",
    backend: "python",
    versionPolicy: { policyChoice: { case: "latest", value: { numVersions: 2 } } },
    input: [{ name: "X", dataType: DataType.TYPE_FP32, dims: [-1n] }],
    output: [{ name: "Y", dataType: DataType.TYPE_STRING, dims: [1n] }],
  });
  const files = { "1/model.py": "", "2/model.py": "", "10/model.py": "", "01/x": "", "v3/x": "" };
  await writeRepository(
    folder,
    [
      { config: model, files },
      { config: ensemble, files: {} },
    ],
    { force: false },
  );
  assert.deepEqual(await listModelFolders(folder), ["m", "pipe"]);
  const [read] = await readRepository(folder);
  assert.deepEqual(
    read?.versions.map(({ version }) => version),
    ["10", "2"],
  );
});

test("a folder without models is said to be one", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "repository-"));
  t.after(() => rmSync(folder, { recursive: true }));
  await assert.rejects(readRepository(folder), (error: unknown) => isToolError(error, "NOT_FOUND"));
  await assert.rejects(readRepository(path.join(folder, "no")), (error: unknown) =>
    isToolError(error, "NOT_FOUND"),
  );
});
