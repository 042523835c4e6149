import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { tensor, type Tensors } from "../../tensor/tensor.ts";
import { ttsPostprocessor } from "../tts-postprocessor/step.ts";
import { chunkLength, planChunk } from "./chunk-plan.ts";
import { spectrogramChunker } from "./step.ts";

const CONTEXT = { left: 3, right: 2 };
const MELS = 4;
const HOP = 8;
const PARAMETERS = {
  num_mels: String(MELS),
  num_samples_per_frame: String(HOP),
  sample_rate: "1000",
  chunk_length: "16",
  first_chunk_length: "4",
  left_context: String(CONTEXT.left),
  right_context: String(CONTEXT.right),
  fade_samples: "0",
};
const FLAGS = { start: false, end: false };

test("chunks cover every frame once, with the context that is there", () => {
  for (let frames = 1; frames < 60; frames++) {
    for (const length of [1, 4, 7, 100]) {
      let start = 0;
      while (start < frames) {
        const plan = planChunk(start, frames, length, CONTEXT);
        assert.equal(plan.start, start);
        assert.equal(plan.from, Math.max(0, start - CONTEXT.left));
        assert.equal(plan.to, Math.min(frames, plan.end + CONTEXT.right));
        assert.ok(plan.end > start && plan.end - start <= length + CONTEXT.left + CONTEXT.right);
        start = plan.end;
      }
      assert.equal(start, frames);
    }
  }
});

test("chunks begin short and double", () => {
  const lengths = [0, 1, 2, 3, 99].map((n) => chunkLength(n, { most: 16, first: 4 }));
  assert.deepEqual(lengths, [4, 8, 16, 16, 16]);
});

interface SentenceOptions {
  readonly number?: number;
  readonly frames?: number;
  readonly tokens?: number;
  readonly isLast?: boolean;
  readonly pause?: number;
  readonly chunk?: number;
  readonly volume?: (frame: number) => number;
}

/** Every band of frame n holds n, and there is filling behind the valid frames. */
function inputs(options: SentenceOptions = {}): Tensors {
  const { number = 0, frames = 40, tokens = 5, isLast = true, pause = 0, chunk = 0 } = options;
  const { volume = () => 1 } = options;
  const columns = frames + 3;
  const spectrogram = Float32Array.from({ length: MELS * columns }, (_, i) => i % columns);
  const flag = (value: number) => tensor("int32", Int32Array.of(value), [1, 1]);
  const volumes = Float32Array.from({ length: columns }, (_, i) => volume(i));
  return {
    SPECTROGRAM: tensor("float32", spectrogram, [1, MELS, columns]),
    NUM_VALID_FRAMES_IN: tensor("int64", BigInt64Array.of(BigInt(frames)), [1, 1]),
    NUM_TOKENS: flag(tokens),
    IS_LAST_SENTENCE: flag(isLast ? 1 : 0),
    SENTENCE_NUM: flag(number),
    DURATIONS: tensor("float32", new Float32Array(Math.max(1, tokens)).fill(8), [
      1,
      Math.max(1, tokens),
    ]),
    PROCESSED_TEXT: tensor("string", [`sentence ${number}`], [1, 1]),
    VOLUME: tensor("float32", volumes, [1, columns]),
    PAUSE: tensor("float32", Float32Array.of(pause), [1, 1]),
    CHUNK_LENGTH: flag(chunk),
  };
}

/** A vocoder that repeats each frame's number, then the post-processor. */
function audioOf(chunk: Tensors): number[] {
  const frames = (chunk["SPECTROGRAM_CHUNK"]?.data as Float32Array).slice(
    0,
    chunk["SPECTROGRAM_CHUNK"]?.shape[2],
  );
  const audio = Float32Array.from(
    { length: frames.length * HOP },
    (_, i) => frames[Math.floor(i / HOP)] as number,
  );
  const post = ttsPostprocessor.load({
    parameters: { num_samples_per_frame: String(HOP) },
    files: {},
  });
  const outputs = post.run(
    {
      INPUT: tensor("float32", audio, [1, 1, audio.length]),
      NUM_VALID_SAMPLES: chunk["NUM_VALID_SAMPLES_OUT"] as Tensors[string],
      JOIN: chunk["JOIN"] as Tensors[string],
      Prosody_volume: chunk["VOLUME"] as Tensors[string],
    },
    undefined,
    FLAGS,
  );
  return [...(outputs["OUTPUT"]?.data as Float32Array)];
}

const number = (chunk: Tensors, name: string): number => Number(chunk[name]?.data[0]);

function run(
  requests: readonly Tensors[],
  parameters: Readonly<Record<string, string>> = {},
): Tensors[] {
  const step = spectrogramChunker.load({ parameters: { ...PARAMETERS, ...parameters }, files: {} });
  const state = step.open();
  return requests.map((request) => step.run(request, state, FLAGS));
}

test("a sentence comes chunk by chunk and whole, and then it is over", () => {
  const again = inputs({ tokens: 0, frames: 1 });
  const chunks = run([inputs(), again, again, again, again]);
  assert.deepEqual(
    chunks.slice(0, 4).flatMap(audioOf),
    Array.from({ length: 40 * HOP }, (_, i) => Math.floor(i / HOP)),
  );
  assert.deepEqual(
    chunks.map((chunk) => audioOf(chunk).length / HOP),
    [4, 8, 16, 12, 0],
  );
  assert.deepEqual(
    chunks.map((chunk) => number(chunk, "END_FLAG")),
    [0, 0, 0, 1, 1],
  );
  assert.deepEqual(
    chunks.map((chunk) => chunk["DURATIONS"]?.data.length),
    [5, 0, 0, 0, 0],
  );
  assert.deepEqual(
    chunks.map((chunk) => chunk["PROCESSED_TEXT"]?.data[0]),
    ["sentence 0", "", "", "", ""],
  );
});

test("the next sentence is asked for when one is out; a pause stands behind it", () => {
  const [first, second, third] = run([
    inputs({ frames: 6, isLast: false, pause: 0.05 }),
    inputs({ number: 1, tokens: 0, frames: 1, isLast: false, pause: 0.1 }),
    inputs({ number: 2, frames: 2 }),
  ]) as [Tensors, Tensors, Tensors];
  assert.deepEqual(
    [first, second, third].map((chunk) => number(chunk, "NEXT_SENTENCE")),
    [1, 2, 2],
  );
  assert.deepEqual(
    [first, second, third].map((chunk) => number(chunk, "END_FLAG")),
    [0, 0, 1],
  );
  assert.equal(audioOf(first).length, 6 * HOP + 50);
  assert.deepEqual(audioOf(second), Array(100).fill(0));
  assert.equal(audioOf(third).length, 2 * HOP);
});

test("the wanted length of a chunk counts", () => {
  const chunks = run([inputs({ chunk: 36 })]);
  assert.equal(
    audioOf(chunks[0] as Tensors).length,
    40 * HOP,
    "a rest that is mostly context joins",
  );
  assert.equal(audioOf(run([inputs({ chunk: 20 })])[0] as Tensors).length, 20 * HOP);
});

test("volume goes in straight lines, the same in chunks as in the whole", () => {
  const volume = (frame: number): number => 0.001 * (1 + Math.sin(frame));
  const again = inputs({ tokens: 0, frames: 1, chunk: 5 });
  const pieces = run([inputs({ volume, chunk: 5 }), ...Array(7).fill(again)]).flatMap(audioOf);
  const whole = run([inputs({ volume, chunk: 100 })]).flatMap(audioOf);
  assert.equal(pieces.length, whole.length);
  const largest = Math.max(...whole.map((sample, i) => Math.abs(sample - (pieces[i] as number))));
  assert.ok(largest < 1e-9, `${largest}`);
  for (let frame = 1; frame < 39; frame++) {
    const middle = whole[frame * HOP + HOP / 2] as number;
    const expected = frame * volume(frame);
    assert.ok(Math.abs(middle - expected) < 0.01, `${frame}: ${middle}, ${expected}`);
  }
});

test("a sentence is faded at its ends only", () => {
  const again = inputs({ tokens: 0, frames: 1 });
  const chunks = run([inputs(), again, again, again], { fade_samples: "4" });
  const audio = chunks.flatMap(audioOf);
  const plain = run([inputs(), again, again, again]).flatMap(audioOf);
  const differing = audio.flatMap((sample, i) => (sample === plain[i] ? [] : [i]));
  // the first frame holds zeros
  assert.deepEqual(differing, [316, 317, 318, 319]);
});

test("what does not fit is refused by name", () => {
  const refuses = (action: () => unknown, message: RegExp): void =>
    assert.throws(
      action,
      (error: unknown) => isToolError(error) && message.test(`${error.at.join()} ${error.message}`),
    );
  refuses(
    () => run([inputs({ isLast: false }), inputs({ number: 1 })]),
    /SENTENCE_NUM.*not at its end/,
  );
  refuses(() => run([inputs({ chunk: -1 })]), /CHUNK_LENGTH/);
  refuses(
    () =>
      run([{ ...inputs(), NUM_VALID_FRAMES_IN: tensor("int64", BigInt64Array.of(99n), [1, 1]) }]),
    /NUM_VALID_FRAMES_IN/,
  );
  refuses(
    () => run([{ ...inputs(), SPECTROGRAM: tensor("float32", new Float32Array(50), [1, 5, 10]) }]),
    /SPECTROGRAM.*4 bands/,
  );
  refuses(() => run([inputs()], { chunk_length: "0" }), /chunk_length/);
  refuses(() => run([inputs()], { num_mels: "" }), /num_mels is missing/);
});
