/** Each step by itself: what it makes of parameters and requests that are wrong, and the windows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  audioInputs,
  BLANK,
  configurationInput,
  loadRecognizer,
  setupWith,
  spell,
  TIMESTEP_SAMPLES,
} from "../../test/support/ctc-stream.ts";
import type { Parameters } from "../../test/support/ctc-stream.ts";
import { isToolError } from "../errors/tool-error.ts";
import { tensor } from "../tensor/tensor.ts";
import type { TensorOf, Tensors } from "../tensor/tensor.ts";
import { findStep, STEPS } from "./registry.ts";
import type { SequenceFlags } from "./step.ts";

const MIDDLE: SequenceFlags = { start: false, end: false };
const WHOLE: SequenceFlags = { start: true, end: true };

test("names of steps are unique, and each is found by its name", () => {
  assert.equal(new Set(STEPS.map((step) => step.name)).size, STEPS.length);
  for (const step of STEPS) assert.equal(findStep(step.name), step);
  assert.throws(
    () => findStep("beam"),
    (error: unknown) => isToolError(error, "UNSUPPORTED"),
  );
});

const WRONG_PARAMETERS: readonly { step: string; parameters: Parameters; message: RegExp }[] = [
  { step: "audio-window", parameters: { sample_rate: "" }, message: /sample_rate is missing/ },
  {
    step: "audio-window",
    parameters: { sample_rate: "8k" },
    message: /sample_rate: expected a whole number of at least 1, got "8k"/,
  },
  {
    step: "audio-window",
    parameters: { chunk_size: "0.17" },
    message: /chunk_size: expected a multiple of 40 ms/,
  },
  { step: "audio-window", parameters: { chunk_size: "0" }, message: /chunk_size/ },
  {
    step: "audio-window",
    parameters: { left_padding_size: "-0.04" },
    message: /left_padding_size/,
  },
  {
    step: "audio-window",
    parameters: { ms_per_timestep: "33.333" },
    message: /whole number of samples/,
  },
  {
    step: "audio-window",
    parameters: { min_window_samples: "1.5" },
    message: /min_window_samples: expected a whole/,
  },
  {
    step: "ctc-endpointing",
    parameters: { start_th: "2" },
    message: /start_th: expected a number from 0 to 1, got "2"/,
  },
  { step: "ctc-endpointing", parameters: { stop_history: "1e9" }, message: /stop_history/ },
  {
    step: "ctc-endpointing",
    parameters: { streaming: "maybe" },
    message: /streaming: expected True or False, got "maybe"/,
  },
  {
    step: "ctc-greedy-decoder",
    parameters: { decoder_type: "flashlight" },
    message: /decoder_type: expected greedy, got "flashlight"/,
  },
  {
    step: "ctc-greedy-decoder",
    parameters: { vocab_file: "v.txt" },
    message: /no file 'v.txt' \(there are: vocabulary.txt\)/,
  },
];

for (const { step, parameters, message } of WRONG_PARAMETERS) {
  test(`${step} refuses ${JSON.stringify(parameters)}`, () => {
    assert.throws(
      () => findStep(step).load(setupWith(parameters)),
      (error: unknown) => isToolError(error, "INVALID_CONFIG") && message.test(error.message),
    );
  });
}

test("an empty vocabulary is refused", () => {
  const { parameters } = setupWith();
  assert.throws(
    () =>
      findStep("ctc-greedy-decoder").load({
        parameters,
        files: { "vocabulary.txt": new Uint8Array(0) },
      }),
    (error: unknown) => isToolError(error, "INVALID_CONFIG"),
  );
});

const ints = (...values: number[]): TensorOf<"int32"> =>
  tensor("int32", Int32Array.from(values), [1, values.length]);
const CHUNK: Tensors = audioInputs(spell([1, 1, 1, 1]));
const WINDOW: Tensors = {
  TOKENS: ints(1, BLANK),
  TOKENS_LENGTH: tensor("int64", BigInt64Array.of(2n), [1, 1]),
  TOKEN_SCORES: tensor("float32", Float32Array.of(-1, -1), [1, 2]),
  FRAME_SPAN: ints(0, 0, 2),
  SEGMENTS_START_END: tensor("int32", Int32Array.of(0, -1), [1, 1, 2]),
};
const rate = (hertz: number): Tensors => ({
  SAMPLE_RATE: tensor("uint32", Uint32Array.of(hertz), [1, 1]),
});

const WRONG_REQUESTS: readonly {
  step: string;
  inputs: Tensors;
  flags?: SequenceFlags;
  at: string;
}[] = [
  { step: "audio-window", inputs: rate(8000), at: "AUDIO_SIGNAL" },
  { step: "audio-window", inputs: { ...CHUNK, ...rate(16000) }, at: "SAMPLE_RATE" },
  { step: "audio-window", inputs: { ...CHUNK, AUDIO_SIGNAL: ints(1) }, at: "AUDIO_SIGNAL" },
  { step: "audio-window", inputs: audioInputs(spell([1, 1])), at: "AUDIO_SIGNAL" },
  {
    step: "audio-window",
    inputs: audioInputs(spell([1, 1, 1, 1, 1])),
    flags: { start: false, end: true },
    at: "AUDIO_SIGNAL",
  },
  {
    step: "audio-window",
    inputs: { ...CHUNK, AUDIO_SIGNAL: tensor("float32", new Float32Array(8), [2, 4]) },
    at: "AUDIO_SIGNAL",
  },
  { step: "ctc-endpointing", inputs: { ...WINDOW, TOKENS: ints(1, BLANK + 1) }, at: "TOKENS" },
  { step: "ctc-endpointing", inputs: { ...WINDOW, TOKENS: ints(1) }, at: "TOKENS_LENGTH" },
  { step: "ctc-endpointing", inputs: { ...WINDOW, FRAME_SPAN: ints(0, 0) }, at: "FRAME_SPAN" },
  { step: "ctc-endpointing", inputs: { ...WINDOW, FRAME_SPAN: ints(-1, 0, 2) }, at: "FRAME_SPAN" },
  {
    step: "ctc-endpointing",
    inputs: { ...WINDOW, FRAME_SPAN: ints(2 ** 31 - 1, 0, 2) },
    at: "FRAME_SPAN",
  },
  {
    step: "ctc-endpointing",
    inputs: { ...WINDOW, ...configurationInput({ stop_history: "long" }) },
    at: "CUSTOM_CONFIGURATION",
  },
  {
    step: "ctc-endpointing",
    inputs: { ...WINDOW, ...configurationInput({ stop_threshold: "98" }) },
    at: "CUSTOM_CONFIGURATION",
  },
  {
    step: "ctc-endpointing",
    inputs: { ...WINDOW, CUSTOM_CONFIGURATION: tensor("string", ["a"], [1, 1]) },
    at: "CUSTOM_CONFIGURATION",
  },
  {
    step: "ctc-greedy-decoder",
    inputs: { ...WINDOW, TOKEN_SCORES: tensor("float32", Float32Array.of(-1), [1, 1]) },
    at: "TOKEN_SCORES",
  },
  {
    step: "ctc-greedy-decoder",
    inputs: { ...WINDOW, SEGMENTS_START_END: ints(1) },
    at: "SEGMENTS_START_END",
  },
];

WRONG_REQUESTS.forEach(({ step, inputs, flags = MIDDLE, at }, n) => {
  test(`${step} refuses request ${n}: ${at}`, () => {
    const running = findStep(step).load(setupWith());
    assert.throws(
      () => running.run(inputs, running.open(), flags),
      (error: unknown) => isToolError(error, "INVALID_REQUEST") && error.at[0] === `input ${at}`,
    );
  });
});

test("windows hold left padding, chunk and right padding, and say what settles", () => {
  const stream = loadRecognizer();
  const open = stream();
  // Chunk 4, left padding 8, right padding 6 timesteps.
  const expected: readonly (readonly [timesteps: number, span: readonly number[]])[] = [
    [4, [0, 0, 0]],
    [8, [0, 0, 2]],
    [12, [0, 2, 6]],
    [16, [0, 6, 10]],
    [18, [2, 8, 12]],
    [18, [6, 8, 12]],
    [15, [10, 8, -1]],
  ];
  let sent = 0;
  expected.forEach(([timesteps, span], n) => {
    const isLast = n === expected.length - 1;
    const ids = Array.from({ length: isLast ? 1 : 4 }, () => sent++ % 7);
    const response = open.push({ audio: spell(ids), flags: { start: n === 0, end: isLast } });
    const window = (response["AUDIO_WINDOW"] as TensorOf<"float32">).data;
    assert.equal(window.length, timesteps * TIMESTEP_SAMPLES);
    const first = span[0] as number;
    const wanted = Array.from({ length: timesteps }, (_, step) => (first + step) % 7);
    assert.deepEqual(window, spell(wanted));
    assert.deepEqual([...(response["FRAME_SPAN"] as TensorOf<"int32">).data], span);
  });
});

test("a window is filled up only below the shortest that the featurizer takes", () => {
  const running = findStep("audio-window").load(setupWith({ min_window_samples: "400" }));
  const lengths = [0, 10, 399, 400, 401].map((samples) => {
    const outputs = running.run(audioInputs(new Float32Array(samples)), running.open(), WHOLE);
    return Number((outputs["AUDIO_LENGTH"] as TensorOf<"int64">).data[0]);
  });
  assert.deepEqual(lengths, [400, 400, 400, 400, 401]);
});
