/** The demonstration voice, built and deployed in this process, and a client of its ensemble. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { nemoToRiva } from "../../src/converters/nemo-to-riva.ts";
import { deploy } from "../../src/deploy/deploy.ts";
import { splitWords, typeOptions } from "../../src/options/parse.ts";
import { buildPipeline } from "../../src/pipelines/build-pipeline.ts";
import type { PipelinePlan } from "../../src/pipelines/plan.ts";
import { findPipeline } from "../../src/pipelines/registry.ts";
import type { Engine } from "../../src/serve/engine/engine.ts";
import { type Tensor, tensor, type Tensors } from "../../src/tensor/tensor.ts";
import { projectRoot } from "./paths.ts";

export const VOICE_NAME = "English-US.Female-1";
export const VOICE_ENSEMBLE = `fastpitch_hifigan_ensemble-${VOICE_NAME}`;
export const VOICE_RATE = 22050;

export function voiceModelPath(model: "fastpitch" | "hifigan"): string {
  return path.join(projectRoot, `examples/models/tts-${model}.nemo`);
}

/** Archives of the two models below `folder`. */
export async function convertVoice(folder: string): Promise<[string, string]> {
  const archives: string[] = [];
  for (const model of ["fastpitch", "hifigan"] as const) {
    const out = path.join(folder, `${model}.riva`);
    const source = voiceModelPath(model);
    await nemoToRiva({ source, out, force: false, format: "ONNX", convert: {} });
    archives.push(out);
  }
  return archives as [string, string];
}

/** `riva-build speech_synthesis` with these options; the result is its plan. */
export async function buildVoice(
  rmir: string,
  archives: readonly string[],
  options: Readonly<Record<string, string>> = {},
): Promise<PipelinePlan> {
  const pipeline = findPipeline("speech_synthesis");
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return buildPipeline({
    pipeline,
    output: { path: rmir, key: undefined },
    inputs: archives.map((file) => ({ path: file, key: undefined })),
    ...typeOptions(splitWords(words, pipeline.options).options, pipeline.options),
    force: true,
  });
}

/** The whole way from the checkpoints to a repository below `folder`; returns its path. */
export async function deployVoice(
  folder: string,
  options: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [rmir, repository, steps] = ["voice.rmir", "models", "steps"].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  await buildVoice(rmir, await convertVoice(folder), options);
  const bundled = spawnSync(process.execPath, ["tools/bundle-steps.mjs", steps], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  if (bundled.status !== 0) throw new Error(bundled.stderr);
  const rmirs = [{ path: rmir, key: undefined }];
  await deploy({ rmirs, repository, force: false, stepsFolder: steps });
  return repository;
}

export interface Spoken {
  readonly chunks: readonly Float32Array[];
  readonly audio: Float32Array;
  readonly durations: readonly number[];
  readonly texts: readonly string[];
  /** What was sent, to send it again to another engine. */
  readonly requests: readonly Tensors[];
  /** Milliseconds to the first chunk, and to the last. */
  readonly firstMs: number;
  readonly allMs: number;
}

let lastSequence = 0n;

/** A text through the ensemble, request by request; `chunkFrames` 0 leaves the length to the voice. */
export async function speakThrough(
  engine: Engine,
  text: string,
  chunkFrames = 0,
  model = VOICE_ENSEMBLE,
): Promise<Spoken> {
  const id = ++lastSequence;
  const chunks: Float32Array[] = [];
  const requests: Tensors[] = [];
  const durations: number[] = [];
  const texts: string[] = [];
  const started = performance.now();
  let [sentence, firstMs, isLast] = [0, 0, false];
  while (!isLast) {
    const start = requests.length === 0;
    const inputs = requestOf(start ? text : "", sentence, chunkFrames);
    requests.push(inputs);
    const outputs = await engine.infer({ model, inputs, sequence: { id, start, end: false } });
    if (start) firstMs = performance.now() - started;
    chunks.push(outputs["OUTPUT"]?.data as Float32Array);
    durations.push(...(outputs["OUT_DURATIONS"]?.data as Float32Array));
    texts.push(...(outputs["OUT_PROCESSED_TEXT"]?.data as string[]));
    isLast = scalar(outputs["END_FLAG"]) === 1;
    sentence = scalar(outputs["NEXT_SENTENCE"]);
  }
  const allMs = performance.now() - started;
  const inputs = requestOf("", sentence, chunkFrames);
  await engine.infer({
    model,
    inputs,
    sequence: { id, start: false, end: true },
    outputs: ["END_FLAG"],
  });
  return { chunks, audio: joined(chunks), durations, texts, requests, firstMs, allMs };
}

function requestOf(text: string, sentence: number, chunkFrames: number): Tensors {
  return {
    INPUT: tensor("string", [text], [1, 1]),
    SENTENCE: tensor("int32", Int32Array.of(sentence), [1, 1]),
    CHUNK_LENGTH: tensor("int32", Int32Array.of(chunkFrames), [1, 1]),
  };
}

const scalar = (value: Tensor | undefined): number => Number(value?.data[0]);

export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
