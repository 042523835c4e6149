/**
 * A repository as `riva-deploy` writes it, in the real Triton with auto-complete off: it loads,
 * and a stream gives the transcripts that the embedded engine gives.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createWavReader } from "../../src/audio/wav.ts";
import { nemoToRiva } from "../../src/converters/nemo-to-riva.ts";
import { deploy } from "../../src/deploy/deploy.ts";
import { splitWords, typeOptions } from "../../src/options/parse.ts";
import { buildPipeline } from "../../src/pipelines/build-pipeline.ts";
import { findPipeline } from "../../src/pipelines/registry.ts";
import { createEmbeddedEngine } from "../../src/serve/engine/embedded/embedded-engine.ts";
import { STEPS } from "../../src/steps/registry.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { demoAudio, demoModelPath } from "../support/demo-pipeline.ts";
import { projectRoot, skipWithoutShared } from "../support/paths.ts";
import { startTriton, type WireRequest } from "../support/real-triton.ts";
import { scratchFolder } from "../support/scratch.ts";

const FIRST_PORT = 18710;
const SAMPLE_RATE = 16000;
const CHUNK_SAMPLES = 0.16 * SAMPLE_RATE;

async function deployed(folder: string): Promise<string> {
  const steps = path.join(folder, "steps");
  const bundled = spawnSync(process.execPath, ["tools/bundle-steps.mjs", steps], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(bundled.status, 0, bundled.stderr);
  const [riva, rmir, repository] = ["m.riva", "m.rmir", "models"].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const source = demoModelPath("quartznet");
  await nemoToRiva({ source, out: riva, force: false, format: "ONNX", convert: {} });
  const pipeline = findPipeline("speech_recognition");
  const { values, given } = typeOptions(splitWords([], pipeline.options).options, pipeline.options);
  await buildPipeline({
    pipeline,
    output: { path: rmir, key: undefined },
    inputs: [{ path: riva, key: undefined }],
    values,
    given,
    force: false,
  });
  const rmirs = [{ path: rmir, key: undefined }];
  await deploy({ rmirs, repository, force: false, stepsFolder: steps });
  return repository;
}

function chunks(file: string): Float32Array[] {
  const audio = createWavReader().push(readFileSync(path.join(demoAudio, "audio", file)));
  const count = Math.ceil(audio.length / CHUNK_SAMPLES);
  return Array.from({ length: count }, (_, i) =>
    audio.slice(i * CHUNK_SAMPLES, (i + 1) * CHUNK_SAMPLES),
  );
}

const TRANSCRIPTS = ["FINAL_TRANSCRIPTS", "PARTIAL_TRANSCRIPTS", "FINAL_WORDS_START_END"];

test("the deployed repository in the real Triton", { skip: skipWithoutShared }, async (context) => {
  const repository = await deployed(scratchFolder(context));
  const pieces = chunks("digits-2.wav");
  const engine = await createEmbeddedEngine({ repository, steps: STEPS });
  const expected: unknown[] = [];
  for (const [i, piece] of pieces.entries()) {
    const outputs = await engine.infer({
      model: "riva-asr",
      inputs: {
        AUDIO_SIGNAL: tensor("float32", piece, [1, piece.length]),
        SAMPLE_RATE: tensor("uint32", Uint32Array.of(SAMPLE_RATE), [1, 1]),
      },
      sequence: { id: 1n, start: i === 0, end: i === pieces.length - 1 },
    });
    expected.push(TRANSCRIPTS.map((name) => [...(outputs[name]?.data ?? [])]));
  }
  await engine.close();

  const triton = startTriton(repository, FIRST_PORT);
  context.after(() => triton.stop());
  const wire = pieces.map((piece, i): WireRequest => ({
    sequence: 1,
    start: i === 0,
    end: i === pieces.length - 1,
    inputs: {
      AUDIO_SIGNAL: { datatype: "FP32", shape: [1, piece.length], data: [...piece] },
      SAMPLE_RATE: { datatype: "UINT32", shape: [1, 1], data: [SAMPLE_RATE] },
    },
  }));
  const answers = triton.ask("riva-asr", wire);
  assert.deepEqual(
    answers.map(({ outputs, error }) => error ?? TRANSCRIPTS.map((name) => outputs?.[name]?.data)),
    expected,
  );
  assert.deepEqual(answers.at(-1)?.outputs?.["FINAL_TRANSCRIPTS"]?.data, ["nine eight seven six"]);
});
