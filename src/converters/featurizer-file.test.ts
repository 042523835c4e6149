import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { demoModelPath } from "../../test/support/demo-pipeline.ts";
import { openNemoFixture } from "../../test/support/nemo-fixtures.ts";
import { projectRoot } from "../../test/support/paths.ts";
import { isToolError } from "../errors/tool-error.ts";
import { openNemo } from "../formats/nemo/read.ts";
import {
  constantsFromJson,
  constantsToJson,
} from "../pipelines/speech-recognition/featurizer-constants.ts";
import { readFeaturizer } from "../formats/riva/featurizer.ts";
import { bytesSource } from "../io/byte-source.ts";
import { memoryView } from "../tensor/memory-view.ts";
import { readFloat32 } from "../tensor/read-tensor.ts";
import type { TensorView } from "../tensor/tensor-view.ts";
import { featurizerFile } from "./featurizer-file.ts";

const WINDOW = "preprocessor.featurizer.window";
const FILTERBANK = "preprocessor.featurizer.fb";

test("an ordinary checkpoint has the front end of its configuration, also in half precision", async () => {
  const fixtures = ["quartznet-char", "citrinet-bpe", "container-fp16", "container-bf16"].map(
    (name) => path.join(projectRoot, "test/fixtures/nemo", name, "model.nemo"),
  );
  for (const file of [...fixtures, demoModelPath("quartznet"), demoModelPath("fastconformer")]) {
    const checkpoint = await openNemo(file);
    const weights = await checkpoint.weights();
    assert.ok(weights.has(WINDOW) && weights.has(FILTERBANK), file);
    assert.equal(await featurizerFile(checkpoint.config, weights), undefined, file);
    await checkpoint.close();
  }
});

test("another window travels with the model, to the bit", async () => {
  const { checkpoint } = await openNemoFixture("quartznet-char");
  const window = new Float32Array(
    await readFloat32(checkpoint.weights.get(WINDOW) as TensorView),
  ).map((value) => value * 0.9);
  const weights = new Map(checkpoint.weights).set(WINDOW, memoryView("float32", window));
  const file = await featurizerFile(checkpoint.config, weights);
  assert.ok(file?.content instanceof Uint8Array);
  const read = await readFeaturizer(bytesSource(file.content));
  assert.deepEqual(read.window, window);
  assert.deepEqual(constantsFromJson(constantsToJson(read)), read);
});

test("constants of another size contradict the configuration", async () => {
  const { checkpoint } = await openNemoFixture("quartznet-char");
  const weights = new Map(checkpoint.weights).set(
    WINDOW,
    memoryView("float32", new Float32Array(7)),
  );
  await assert.rejects(
    featurizerFile(checkpoint.config, weights),
    (error: unknown) => isToolError(error, "INVALID_CONFIG") && error.at.join() === WINDOW,
  );
});

test("constants in a description that somebody changed are refused", () => {
  assert.throws(() => constantsFromJson({ window: "AAA", filterbank: "" }), /damaged/);
  assert.throws(() => constantsFromJson(7), /damaged/);
});
