/** The whole way: checkpoint, archive, RMIR, repository, engine; what comes out is NeMo's text. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { projectRoot } from "../../test/support/paths.ts";
import { createWavReader } from "../audio/wav.ts";
import { nemoToRiva } from "../converters/nemo-to-riva.ts";
import { editDistance } from "../options/nearest.ts";
import { splitWords, typeOptions } from "../options/parse.ts";
import { buildPipeline } from "../pipelines/build-pipeline.ts";
import { findPipeline } from "../pipelines/registry.ts";
import { createEmbeddedEngine } from "../serve/engine/embedded/embedded-engine.ts";
import type { Engine } from "../serve/engine/engine.ts";
import { STEPS } from "../steps/registry.ts";
import { tensor } from "../tensor/tensor.ts";
import { deploy } from "./deploy.ts";

const folder = mkdtempSync(path.join(tmpdir(), "transcripts-"));
after(() => rmSync(folder, { recursive: true }));

const examples = path.join(projectRoot, "examples");
const skip = isInstalled("onnxruntime-node") ? false : "needs onnxruntime-node";

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

async function deployed(model: string, words: readonly string[]): Promise<string> {
  const place = mkdtempSync(path.join(folder, `${model}-`));
  const [riva, rmir, steps, repository] = ["m.riva", "m.rmir", "steps", "repository"].map((name) =>
    path.join(place, name),
  ) as [string, string, string, string];
  const source = path.join(examples, "models", `asr-${model}-digits-commands-en.nemo`);
  await nemoToRiva({ source, out: riva, force: false, format: "ONNX", convert: {} });
  const pipeline = findPipeline("speech_recognition");
  const { values, given } = typeOptions(
    splitWords(words, pipeline.options).options,
    pipeline.options,
  );
  await buildPipeline({
    pipeline,
    output: { path: rmir, key: undefined },
    inputs: [{ path: riva, key: undefined }],
    values,
    given,
    force: false,
  });
  mkdirSync(steps);
  // The embedded engine runs its own steps; the files only have to be there.
  for (const name of ["bundle.js", "model.py"]) writeFileSync(path.join(steps, name), "");
  const rmirs = [{ path: rmir, key: undefined }];
  await deploy({ rmirs, repository, force: false, stepsFolder: steps });
  return repository;
}

async function transcribe(engine: Engine, file: string, chunkSeconds: number): Promise<string> {
  const audio = createWavReader().push(readFileSync(file));
  const chunkSamples = Math.round(chunkSeconds * 16000);
  const texts: string[] = [];
  for (let start = 0; start < audio.length; start += chunkSamples) {
    const piece = audio.slice(start, start + chunkSamples);
    const outputs = await engine.infer({
      model: "riva-asr",
      inputs: {
        AUDIO_SIGNAL: tensor("float32", piece, [1, piece.length]),
        SAMPLE_RATE: tensor("uint32", Uint32Array.of(16000), [1, 1]),
      },
      sequence: { id: 7n, start: start === 0, end: start + chunkSamples >= audio.length },
    });
    const finals = outputs["FINAL_TRANSCRIPTS"];
    if (finals?.dtype === "string") texts.push(...finals.data);
  }
  return texts.join(" ");
}

interface Reference {
  readonly audio_filepath: string;
  readonly greedy: string;
}

function references(model: string): Reference[] {
  const file = path.join(examples, "audio", `reference-${model}.jsonl`);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.slice(0, 12).map((line) => JSON.parse(line) as Reference);
}

const cases: [string, string[], number, number][] = [
  // A whole recording at once is what NeMo itself does.
  ["quartznet", ["--offline", "--streaming=False"], 300, 0],
  ["fastconformer", ["--offline", "--streaming=False"], 300, 0],
  // Windows are normalised each by itself, so some letters differ.
  ["quartznet", [], 0.16, 0.08],
];

for (const [model, words, chunkSeconds, largestShare] of cases) {
  test(`${model} ${words.join(" ")} gives NeMo's text`, { skip }, async () => {
    const repository = await deployed(model, words);
    const engine = await createEmbeddedEngine({ repository, steps: STEPS });
    try {
      let edits = 0;
      let letters = 0;
      for (const { audio_filepath, greedy } of references(model)) {
        const text = await transcribe(
          engine,
          path.join(examples, "audio", audio_filepath),
          chunkSeconds,
        );
        assert(text !== "" || greedy === "", `${audio_filepath}: nothing was heard`);
        if (largestShare === 0) assert.equal(text, greedy, audio_filepath);
        edits += editDistance(text, greedy);
        letters += greedy.length;
      }
      assert(edits <= largestShare * letters, `${edits} edits in ${letters} letters`);
    } finally {
      await engine.close();
    }
  });
}
