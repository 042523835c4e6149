/**
 * A recogniser for tests of the services: one step instead of five models. It hears words by
 * loudness: a piece with peak 0.3 is "three"; a silent piece ends the utterance. The configuration
 * key "crash" makes it fail as a bug of ours would.
 */
import { create } from "@bufbuild/protobuf";
import { type ModelConfig, ModelConfigSchema } from "../../src/gen/model_config_pb.ts";
import { dataTypeOf } from "../../src/repository/data-types.ts";
import type { RepositoryModel } from "../../src/repository/layout.ts";
import { readCustomConfiguration } from "../../src/steps/custom-configuration.ts";
import { defineStep, type StepDefinition, type StepTensorSpec } from "../../src/steps/step.ts";
import { type Tensor, tensor, type Tensors } from "../../src/tensor/tensor.ts";

export const WORDS = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

export interface FakeRecognizer {
  readonly step: StepDefinition;
  /** Sequences that started and did not end. */
  open(): number;
  /** All rows of CUSTOM_CONFIGURATION that came. */
  readonly configuration: [string, string][];
  /** Samples of the requests, in order. */
  readonly pieces: number[];
}

interface Word {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

interface Utterances {
  readonly finals: Word[][];
  readonly running: Word[];
}

const INPUTS: readonly StepTensorSpec[] = [
  { name: "AUDIO_SIGNAL", dtype: "float32", dims: [-1] },
  { name: "SAMPLE_RATE", dtype: "uint32", dims: [1] },
  { name: "CUSTOM_CONFIGURATION", dtype: "string", dims: [-1, 2], optional: true },
];

const OUTPUTS: readonly StepTensorSpec[] = [
  { name: "FINAL_TRANSCRIPTS", dtype: "string", dims: [-1, -1] },
  { name: "FINAL_TRANSCRIPTS_SCORE", dtype: "float32", dims: [-1] },
  { name: "FINAL_WORDS_START_END", dtype: "int32", dims: [-1, 2] },
  { name: "FINAL_WORDS_SCORE", dtype: "float32", dims: [-1] },
  { name: "PARTIAL_TRANSCRIPTS", dtype: "string", dims: [-1] },
  { name: "PARTIAL_TRANSCRIPTS_STABILITY", dtype: "float32", dims: [-1] },
  { name: "AUDIO_PROCESSED", dtype: "float32", dims: [1] },
];

export function createFakeRecognizer(): FakeRecognizer {
  let open = 0;
  const configuration: [string, string][] = [];
  const pieces: number[] = [];
  const step = defineStep({
    name: "fake-recognizer",
    doc: "",
    inputs: INPUTS,
    outputs: OUTPUTS,
    stateful: true,
    load: () => ({
      open: () => (open++, { running: [] as Word[], samples: 0 }),
      run: (inputs, state, { end }) => {
        if (end) open--;
        const rows = readCustomConfiguration(inputs);
        configuration.push(...rows);
        if (rows.has("crash")) throw new TypeError("a bug with a secret in it");
        const audio = inputs["AUDIO_SIGNAL"]?.data as Float32Array;
        const rate = Number(inputs["SAMPLE_RATE"]?.data[0]);
        pieces.push(audio.length);
        const peak = audio.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
        const ms = (samples: number): number => Math.round((samples * 1000) / rate);
        const text = WORDS[Math.round(peak * 10)] ?? "loud";
        const startMs = ms(state.samples);
        state.samples += audio.length;
        if (text !== "") state.running.push({ text, startMs, endMs: ms(state.samples) });
        const isOver = text === "" || end || rows.get("force_eou") === "true";
        const finals = isOver && state.running.length > 0 ? [state.running] : [];
        if (isOver) state.running = [];
        return outputs({ finals, running: state.running }, state.samples / rate);
      },
    }),
  });
  return { step, open: () => open, configuration, pieces };
}

function outputs({ finals, running }: Utterances, seconds: number): Tensors {
  const join = (words: readonly Word[]): string => words.map(({ text }) => text).join(" ");
  const floats = (values: readonly number[], shape: readonly number[]): Tensor =>
    tensor("float32", Float32Array.from(values), shape);
  const words = finals.flat();
  const partials = running.length === 0 ? [] : [join(running)];
  return {
    FINAL_TRANSCRIPTS: tensor("string", finals.map(join), [1, finals.length, 1]),
    FINAL_TRANSCRIPTS_SCORE: floats(
      finals.map(() => -0.5),
      [1, finals.length],
    ),
    FINAL_WORDS_START_END: tensor(
      "int32",
      Int32Array.from(words.flatMap(({ startMs, endMs }) => [startMs, endMs])),
      [1, words.length, 2],
    ),
    FINAL_WORDS_SCORE: floats(
      words.map(() => -0.25),
      [1, words.length],
    ),
    PARTIAL_TRANSCRIPTS: tensor("string", partials, [1, partials.length]),
    PARTIAL_TRANSCRIPTS_STABILITY: floats(
      partials.map(() => 0.1),
      [1, partials.length],
    ),
    AUDIO_PROCESSED: floats([seconds], [1, 1]),
  };
}

export interface FakeModel {
  readonly name: string;
  readonly languageCode: string;
  readonly type: "online" | "offline";
  readonly sampleRate?: number;
  readonly chunkSeconds?: number;
}

/** An ensemble over the fake step, with the parameters that real pipelines write. */
export function fakeRepository(models: readonly FakeModel[]): RepositoryModel[] {
  return models.flatMap((model) => [
    { config: ensembleConfig(model), files: {} },
    { config: stepConfig(`${model.name}-step`), files: { "1/model.py": "" } },
  ]);
}

const tensors = (specs: readonly StepTensorSpec[]) =>
  specs.map(({ name, dtype, dims, optional = false }) => ({
    name,
    dataType: dataTypeOf(dtype),
    dims: dims.map(BigInt),
    optional,
  }));

function stepConfig(name: string): ModelConfig {
  return create(ModelConfigSchema, {
    name,
    backend: "python",
    maxBatchSize: 1,
    input: tensors(INPUTS),
    output: tensors(OUTPUTS),
    parameters: { step: { stringValue: "fake-recognizer" } },
    schedulingChoice: {
      case: "sequenceBatching",
      value: { maxSequenceIdleMicroseconds: 60_000_000n },
    },
  });
}

function ensembleConfig(model: FakeModel): ModelConfig {
  const { name, languageCode, type, sampleRate = 16_000, chunkSeconds = 0.1 } = model;
  const parameters = {
    servicemaker_pipeline: "speech_recognition",
    language_code: languageCode,
    type,
    sample_rate: String(sampleRate),
    chunk_size: String(chunkSeconds),
    decoder_type: "greedy",
  };
  const identity = (specs: readonly StepTensorSpec[]) =>
    Object.fromEntries(specs.map((spec) => [spec.name, spec.name]));
  return create(ModelConfigSchema, {
    name,
    platform: "ensemble",
    maxBatchSize: 1,
    input: tensors(INPUTS),
    output: tensors(OUTPUTS),
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, stringValue]) => [key, { stringValue }]),
    ),
    schedulingChoice: {
      case: "ensembleScheduling",
      value: {
        step: [
          {
            modelName: `${name}-step`,
            modelVersion: -1n,
            inputMap: identity(INPUTS),
            outputMap: identity(OUTPUTS),
          },
        ],
      },
    },
  });
}
