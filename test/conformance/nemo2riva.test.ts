/**
 * The archives of our nemo2riva against those that the real one made of the same checkpoints, and
 * opened by the real EFF library. Graphs are compared by what they compute in `test/parity`; here
 * by the inputs and outputs that a consumer sees. Configurations are compared by their values:
 * nemo2riva prints those of EncDecCTCModel anew.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openEff } from "../../src/formats/eff/read.ts";
import { readOnnx } from "../../src/formats/onnx/read.ts";
import { parseYaml } from "../../src/formats/yaml/read.ts";
import { readAll } from "../../src/io/byte-source.ts";
import type { ValueInfo } from "../../src/tensor/model-graph.ts";
import { runBin, runBinOk } from "../support/bins.ts";
import { demoModelPath } from "../support/demo-pipeline.ts";
import { effEnvironment, openWithEffLibrary } from "../support/eff-library.ts";
import { sharedRoot, skipWithoutShared } from "../support/paths.ts";
import { scratchFolder } from "../support/scratch.ts";

const fixtures = sharedRoot === undefined ? "" : path.join(sharedRoot, "fixtures/nemo");

/** Checkpoints of classes that are converted, with the archive that nemo2riva 2.22.0 made. */
const FAMILIES = /^(quartznet|jasper|citrinet|conformer-ctc|fastconformer-ctc)/;
/** Exported by hand with streaming caches, which nemo2riva's defaults leave out. */
const WITH_CACHES = "fastconformer-ctc-cacheaware-streaming";
const names = (fixtures === "" ? [] : readdirSync(fixtures)).filter(
  (name) =>
    FAMILIES.test(name) &&
    name !== WITH_CACHES &&
    existsSync(path.join(fixtures, name, "model.riva")),
);

test("there are archives to compare with", { skip: skipWithoutShared }, () => {
  assert.ok(names.length >= 5, names.join(", "));
});

interface SeenArtifact {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}

interface Seen {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly artifacts: Readonly<Record<string, SeenArtifact>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const signature = ({ name, dtype, shape }: ValueInfo): string =>
  `${name} ${dtype} rank ${shape?.length}`;

async function see(file: string): Promise<Seen> {
  const archive = await openEff(file);
  try {
    const artifacts: Record<string, SeenArtifact> = {};
    for (const { name, properties, source } of archive.artifacts) {
      const bytes = new Uint8Array(await readAll(source, 1 << 28));
      artifacts[name] = { properties: Object.fromEntries(properties), bytes };
    }
    const graphSource = archive.artifacts.find(({ name }) => name === "model_graph.onnx")?.source;
    assert.ok(graphSource);
    const graph = await readOnnx(graphSource);
    return {
      metadata: Object.fromEntries(archive.metadata),
      artifacts,
      inputs: graph.inputs.map(signature),
      outputs: graph.outputs.map(signature),
    };
  } finally {
    await archive.close();
  }
}

for (const name of names) {
  test(`${name}: metadata, artifacts and the graph's signature are those of nemo2riva`, async (t) => {
    const out = path.join(scratchFolder(t), "ours.riva");
    runBinOk("nemo2riva", ["--out", out, path.join(fixtures, name, "model.nemo")]);
    const [ours, theirs] = [await see(out), await see(path.join(fixtures, name, "model.riva"))];
    assert.deepEqual(ours.metadata, theirs.metadata);
    assert.deepEqual(Object.keys(ours.artifacts).sort(), Object.keys(theirs.artifacts).sort());
    for (const [artifact, { properties, bytes }] of Object.entries(ours.artifacts)) {
      const original = theirs.artifacts[artifact];
      assert.ok(original);
      assert.deepEqual(properties, original.properties, artifact);
      if (artifact === "model_graph.onnx") continue;
      if (artifact === "model_config.yaml")
        assert.deepEqual(parseYaml(bytes), parseYaml(original.bytes));
      else assert.ok(Buffer.from(bytes).equals(original.bytes), artifact);
    }
    assert.deepEqual([ours.inputs, ours.outputs], [theirs.inputs, theirs.outputs]);
  });
}

test(
  "the real EFF library opens our archives and reads what we wrote",
  { skip: effEnvironment.skip },
  (t) => {
    const folder = scratchFolder(t);
    const riva = path.join(folder, "model.riva");
    const rmir = path.join(folder, "asr.rmir");
    runBinOk("nemo2riva", ["--out", riva, demoModelPath("fastconformer")]);
    runBinOk("riva-build", ["speech_recognition", rmir, riva]);
    const seen = openWithEffLibrary(riva);
    assert.equal(seen.metadata["obj_cls"], "nemo.collections.asr.models.EncDecCTCModelBPE");
    assert.equal(seen.metadata["format_version"], 3);
    assert.equal(seen.artifacts["model_graph.onnx"]?.properties["runtime"], "ONNX");
    runBinOk("servicemaker", ["extract", "--out", path.join(folder, "parts"), riva]);
    for (const [name, { size, sha256 }] of Object.entries(seen.artifacts)) {
      const bytes = readFileSync(path.join(folder, "parts", name));
      assert.equal(bytes.length, size);
      assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256, name);
    }
    assert.ok("pipeline.json" in openWithEffLibrary(rmir).artifacts);
  },
);

test("the same checkpoint gives the same bytes, and an existing archive is kept", (t) => {
  const folder = scratchFolder(t);
  const first = path.join(folder, "a.riva");
  const second = path.join(folder, "b.riva");
  for (const out of [first, second])
    runBinOk("nemo2riva", ["--out", out, demoModelPath("quartznet")]);
  assert.ok(readFileSync(first).equals(readFileSync(second)));
  const again = runBin("nemo2riva", ["--out", first, demoModelPath("fastconformer")]);
  assert.equal(again.status, 73);
  assert.ok(readFileSync(first).equals(readFileSync(second)), "the old one stays");
  runBinOk("nemo2riva", ["-f", "--out", first, demoModelPath("fastconformer")]);
  assert.ok(!readFileSync(first).equals(readFileSync(second)));
});
