/**
 * A trained voice, from token ids to samples, against what NeMo made of 30 sentences: their
 * durations, five spectrograms, their audio.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createWavReader } from "../../src/audio/wav.ts";
import type { ConvertOptions } from "../../src/converters/architecture.ts";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import { openNemo } from "../../src/formats/nemo/read.ts";
import { tensor, type Tensor, type Tensors } from "../../src/tensor/tensor.ts";
import { assertClose } from "../support/compare.ts";
import { readSafetensors } from "../support/nemo-fixtures.ts";
import { onnxSession, type OnnxSession } from "../support/onnx.ts";
import { sharedRoot, skipWithoutShared } from "../support/paths.ts";

interface Sentence {
  readonly id: string;
  readonly ids: readonly number[];
  readonly durations: readonly number[];
  readonly frames: number;
  /** Recordings of some. */
  readonly mel?: string;
  readonly audio?: string;
}

/** Log-mels have a scale of 10, samples one of 1; 16 bits round to 3e-5. */
const TOLERANCE = 1e-4;
const data = (file: string): string => path.join(sharedRoot ?? "", "data/tts", file);
const options = { skip: skipWithoutShared };

async function load(name: string, convert: ConvertOptions = {}): Promise<OnnxSession> {
  const nemo = await openNemo(path.join(sharedRoot ?? "", "models", name));
  try {
    const checkpoint = { ...nemo, weights: await nemo.weights() };
    return await onnxSession((await convertCheckpoint(checkpoint, convert)).graphs[0]!.graph);
  } finally {
    await nemo.close();
  }
}

/** The recorded spectrogram [mels, frames]; the file has it frame by frame, whatever its header says. */
function spectrogram({ mel = "" }: Sentence): Tensor {
  const { shape, data: values } = readSafetensors(readFileSync(data(mel)))["spect"]!;
  const [mels = 0, frames = 0] = shape;
  const turned = Float32Array.from({ length: mels * frames }, (_, i) =>
    Number(values[(i % frames) * mels + Math.floor(i / frames)]),
  );
  return tensor("float32", turned, shape);
}

function sentences(): Sentence[] {
  return JSON.parse(readFileSync(data("sentences.json"), "utf8")) as Sentence[];
}

/** Plain synthesis of one or more sentences in a ragged batch. */
function ragged(batch: readonly Sentence[]): Tensors {
  const ids = batch.flatMap((sentence) => sentence.ids);
  const filled = (value: number): Tensor =>
    tensor("float32", new Float32Array(ids.length).fill(value));
  const ends = batch.reduce<number[]>((all, s) => [...all, all.at(-1)! + s.ids.length], [0]);
  return {
    text: tensor("int64", BigInt64Array.from(ids, BigInt)),
    pitch: filled(0),
    pace: filled(1),
    volume: filled(1),
    batch_lengths: tensor("int32", Int32Array.from(ends)),
  };
}

test("FastPitch: the durations of 30 sentences, the spectrograms of five", options, async () => {
  const session = await load("tts-fastpitch.nemo");
  const all = sentences();
  assert.equal(all.length, 30);
  for (const sentence of all) {
    const {
      num_frames: frames,
      durs_predicted: durations,
      spect,
    } = await session.run(ragged([sentence]));
    assert.equal(Number(frames!.data[0]), sentence.frames, sentence.id);
    assert.deepEqual(
      [...durations!.data].map((x) => Math.floor(Number(x) + 0.5)),
      sentence.durations,
    );
    if (sentence.mel === undefined) continue;
    const flat = { ...spect!, shape: spect!.shape.slice(1) } as Tensor;
    assertClose(flat, spectrogram(sentence), TOLERANCE, sentence.id);
  }
});

test(
  "FastPitch: with masks, five sentences in a batch are what they are alone",
  options,
  async () => {
    const session = await load("tts-fastpitch.nemo", { convMask: true });
    const recorded = sentences().filter(({ mel }) => mel !== undefined);
    const { spect, num_frames: frames } = await session.run(ragged(recorded));
    const [, mels = 0, longest = 0] = spect!.shape;
    recorded.forEach((sentence, row) => {
      const count = Number(frames!.data[row]);
      const part = Float32Array.from({ length: mels * count }, (_, i) =>
        Number(spect!.data[(row * mels + Math.floor(i / count)) * longest + (i % count)]),
      );
      const got = tensor("float32", part, [mels, count]);
      assertClose(got, spectrogram(sentence), TOLERANCE, sentence.id);
    });
  },
);

test("HiFi-GAN: the audio of five spectrograms", options, async () => {
  const session = await load("tts-hifigan.nemo");
  for (const sentence of sentences()) {
    if (sentence.mel === undefined || sentence.audio === undefined) continue;
    const { data: values, shape } = spectrogram(sentence);
    const { audio } = await session.run({
      spec: { dtype: "float32", data: values, shape: [1, ...shape] } as Tensor,
    });
    const samples = { ...audio!, shape: [audio!.data.length] } as Tensor;
    const wav = createWavReader().push(readFileSync(data(sentence.audio)));
    assertClose(samples, tensor("float32", wav), TOLERANCE, sentence.id);
    const { audio: exact } = readSafetensors(readFileSync(data(sentence.mel)));
    if (exact !== undefined) assertClose(samples, exact, TOLERANCE, sentence.id);
  }
});

test("from token ids to samples", options, async () => {
  const [acousticModel, vocoder] = await Promise.all([
    load("tts-fastpitch.nemo"),
    load("tts-hifigan.nemo"),
  ]);
  const first = sentences()[0]!;
  const { spect } = await acousticModel.run(ragged([first]));
  const { audio } = await vocoder.run({ spec: spect! });
  const recorded = readSafetensors(readFileSync(data(first.mel!)))["audio"]!;
  assertClose({ ...audio!, shape: recorded.shape } as Tensor, recorded, TOLERANCE, first.id);
});
