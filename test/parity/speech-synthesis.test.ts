/**
 * The demonstration voice against what NeMo 2.4.1 made of the same checkpoints: token ids,
 * durations, spectrograms and audio, through the deployed pipeline; and streamed audio against
 * audio made whole.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createWavReader } from "../../src/audio/wav.ts";
import {
  createEmbeddedEngine,
  type EmbeddedEngine,
} from "../../src/serve/engine/embedded/embedded-engine.ts";
import { STEPS } from "../../src/steps/registry.ts";
import { tensor, type Tensors } from "../../src/tensor/tensor.ts";
import { assertClose } from "../support/compare.ts";
import { readSafetensors } from "../support/nemo-fixtures.ts";
import { projectRoot } from "../support/paths.ts";
import { spokenText } from "../support/spoken-text.ts";
import { deployVoice, speakThrough, VOICE_NAME, VOICE_RATE } from "../support/voice.ts";

const folder = path.join(projectRoot, "test/fixtures/tts");
const MEL_TOLERANCE = 1e-3;
const AUDIO_TOLERANCE = 1e-3;

interface Sentence {
  readonly id: string;
  readonly text: string;
  readonly ids: readonly number[];
  readonly durations: readonly number[];
  readonly frames: number;
  readonly mel?: string;
  readonly audio?: string;
}
const sentences = JSON.parse(
  readFileSync(path.join(folder, "sentences.json"), "utf8"),
) as Sentence[];
const recorded = sentences.filter(({ mel }) => mel !== undefined);

let scratch: string;
let engine: EmbeddedEngine;
before(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), "speech-synthesis-"));
  const repository = await deployVoice(scratch);
  engine = await createEmbeddedEngine({ repository, steps: STEPS });
});
after(async () => {
  await engine.close();
  rmSync(scratch, { recursive: true, force: true });
});
let sequence = 1n << 32n;

/** The text side alone. */
async function preprocess(text: string): Promise<Tensors> {
  return engine.infer({
    model: `tts_preprocessor-${VOICE_NAME}`,
    sequence: { id: ++sequence, start: true, end: true },
    inputs: {
      input_string: tensor("string", [text], [1, 1]),
      sentence: tensor("int32", Int32Array.of(0), [1, 1]),
    },
  });
}

async function spectrogram(prepared: Tensors): Promise<Tensors> {
  const row = (name: string): Tensors[string] => {
    const found = prepared[name] as Tensors[string];
    return { ...found, shape: found.shape.slice(1) } as Tensors[string];
  };
  return engine.infer({
    model: `riva-onnx-fastpitch_encoder-${VOICE_NAME}`,
    inputs: {
      text: row("output"),
      pitch: row("pitch"),
      pace: row("duration"),
      volume: row("volume"),
    },
  });
}

test("token ids and frames of 30 sentences are NeMo's", async () => {
  assert.equal(sentences.length, 30);
  for (const { text, ids, durations, frames } of sentences) {
    const prepared = await preprocess(text);
    assert.deepEqual([...(prepared["output"]?.data ?? [])].map(Number), ids, text);
    const outputs = await spectrogram(prepared);
    assert.deepEqual([...(outputs["num_frames"]?.data ?? [])].map(Number), [frames], text);
    const rounded = Array.from(outputs["durs_predicted"]?.data as Float32Array, (duration) =>
      Math.floor(duration + 0.5),
    );
    assert.deepEqual(rounded, durations, text);
  }
});

test("spectrograms are NeMo's", async () => {
  assert.equal(recorded.length, 5);
  for (const { text, mel, frames } of recorded) {
    const values = readSafetensors(readFileSync(path.join(folder, mel as string)))["spect"];
    const { spect } = await spectrogram(await preprocess(text));
    // recorded frame by frame
    const byFrame = values?.data as Float32Array;
    const byBand = byFrame.map((_, i) => byFrame[(i % frames) * 80 + Math.floor(i / frames)] ?? 0);
    assertClose(spect, tensor("float32", byBand, [1, 80, frames]), MEL_TOLERANCE, text);
  }
});

test("audio is NeMo's, streamed and whole", async () => {
  for (const { text, mel, audio } of recorded) {
    const wav = createWavReader().push(readFileSync(path.join(folder, audio as string)));
    const exact = readSafetensors(readFileSync(path.join(folder, mel as string)))["audio"];
    for (const chunkFrames of [0, 4096]) {
      const spoken = await speakThrough(engine, text, chunkFrames);
      const got = tensor("float32", spoken.audio);
      assertClose(got, tensor("float32", wav), AUDIO_TOLERANCE, text);
      if (exact !== undefined) assertClose(got, exact, AUDIO_TOLERANCE, text);
    }
  }
});

test("50 texts of 1 to 60 s: streamed audio is the whole audio, without any margin", async (context) => {
  let [largest, shortest, longest, joints] = [0, Infinity, 0, 0];
  for (let n = 0; n < 50; n++) {
    // from 2 to some 170 words, mostly few
    const text = spokenText(n, Math.round(2 * 85 ** ((n / 49) ** 2)));
    const streamed = await speakThrough(engine, text, 0);
    const whole = await speakThrough(engine, text, 4096);
    assert.equal(streamed.audio.length, whole.audio.length, text);
    assert.deepEqual(streamed.durations, whole.durations, text);
    for (let i = 0; i < whole.audio.length; i++) {
      largest = Math.max(
        largest,
        Math.abs((streamed.audio[i] as number) - (whole.audio[i] as number)),
      );
    }
    const seconds = whole.audio.length / VOICE_RATE;
    shortest = Math.min(shortest, seconds);
    longest = Math.max(longest, seconds);
    joints += streamed.chunks.length - whole.chunks.length;
  }
  context.diagnostic(
    `${shortest.toFixed(1)} to ${longest.toFixed(1)} s, ${joints} more joints, largest difference ${largest}`,
  );
  assert.ok(shortest < 2 && longest > 55, `${shortest} to ${longest} s`);
  assert.ok(joints > 100);
  assert.ok(largest <= AUDIO_TOLERANCE, `${largest}`);
});
