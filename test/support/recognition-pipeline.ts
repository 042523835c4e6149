/** A recognition pipeline of a demonstration model, built, deployed and asked in this process. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createWavReader } from "../../src/audio/wav.ts";
import { nemoToRiva } from "../../src/converters/nemo-to-riva.ts";
import { deploy } from "../../src/deploy/deploy.ts";
import { splitWords, typeOptions } from "../../src/options/parse.ts";
import { buildPipeline } from "../../src/pipelines/build-pipeline.ts";
import { findPipeline } from "../../src/pipelines/registry.ts";
import type { Engine } from "../../src/serve/engine/engine.ts";
import { createEmbeddedEngine } from "../../src/serve/engine/embedded/embedded-engine.ts";
import { readTranscripts, type Transcripts } from "../../src/serve/services/asr/transcripts.ts";
import { STEPS } from "../../src/steps/registry.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { type DemoModel, demoModelPath } from "./demo-pipeline.ts";
import { projectRoot } from "./paths.ts";

export const SAMPLE_RATE = 16000;

export interface RecognitionPipeline {
  readonly model: DemoModel;
  readonly name: string;
  readonly options: readonly string[];
}

/** Deploys them into one repository below `folder`; returns its path and the log. */
export async function deployPipelines(
  folder: string,
  pipelines: readonly RecognitionPipeline[],
): Promise<{ readonly repository: string; readonly log: readonly string[] }> {
  const steps = path.join(folder, "steps");
  const bundled = spawnSync(process.execPath, ["tools/bundle-steps.mjs", steps], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(bundled.status, 0, bundled.stderr);
  mkdirSync(folder, { recursive: true });
  const rmirs = [];
  for (const { model, name, options } of pipelines) {
    const riva = path.join(folder, `${model}.riva`);
    const source = demoModelPath(model);
    if (!existsSync(riva))
      await nemoToRiva({ source, out: riva, force: false, format: "ONNX", convert: {} });
    const rmir = { path: path.join(folder, `${name}.rmir`), key: undefined };
    const pipeline = findPipeline("speech_recognition");
    const words = splitWords([`--name=${name}`, ...options], pipeline.options);
    const { values, given } = typeOptions(words.options, pipeline.options);
    await buildPipeline({
      pipeline,
      output: rmir,
      inputs: [{ path: riva, key: undefined }],
      values,
      given,
      force: false,
    });
    rmirs.push(rmir);
  }
  const repository = path.join(folder, "models");
  const log: string[] = [];
  await deploy({
    rmirs,
    repository,
    force: false,
    stepsFolder: steps,
    onProgress: (_, text) => log.push(text),
  });
  return { repository, log };
}

export const openEngine = (repository: string): Promise<Engine> =>
  createEmbeddedEngine({ repository, steps: STEPS });

export function readRecording(file: string): Float32Array {
  return createWavReader().push(readFileSync(file));
}

let lastSequence = 0n;

export interface Asked {
  readonly model: string;
  readonly audio: Float32Array;
  /** Samples of a request; default: all in one. */
  readonly chunkSamples?: number;
  /** Rows of the first request. */
  readonly configuration?: Readonly<Record<string, string>>;
}

/** What each request of one stream gave. */
export async function ask(engine: Engine, asked: Asked): Promise<Transcripts[]> {
  const { model, audio, configuration = {} } = asked;
  const size = asked.chunkSamples ?? Math.max(1, audio.length);
  const count = Math.max(1, Math.ceil(audio.length / size));
  const id = ++lastSequence;
  const rows = Object.entries(configuration);
  const answers: Transcripts[] = [];
  for (let n = 0; n < count; n++) {
    const piece = audio.slice(n * size, (n + 1) * size);
    const outputs = await engine.infer({
      model,
      inputs: {
        AUDIO_SIGNAL: tensor("float32", piece, [1, piece.length]),
        SAMPLE_RATE: tensor("uint32", Uint32Array.of(SAMPLE_RATE), [1, 1]),
        ...(n > 0 || rows.length === 0
          ? {}
          : { CUSTOM_CONFIGURATION: tensor("string", rows.flat(), [1, rows.length, 2]) }),
      },
      sequence: { id, start: n === 0, end: n === count - 1 },
    });
    answers.push(readTranscripts(outputs));
  }
  return answers;
}

/** The first alternatives of all finals as one text. */
export function spokenText(answers: readonly Transcripts[]): string {
  const finals = answers.flatMap((answer) => answer.finals);
  return finals.map(({ alternatives }) => alternatives[0]?.transcript ?? "").join(" ");
}
