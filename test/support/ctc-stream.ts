/**
 * The three steps of a greedy CTC pipeline with a make-believe acoustic model between them: the
 * audio itself spells the tokens, one constant value a timestep, and like a real model it is
 * unsure of timesteps that lack right context.
 */
import { findStep } from "../../src/steps/registry.ts";
import type { RunningStep, SequenceFlags, StepSetup } from "../../src/steps/step.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import type { TensorOf, Tensors } from "../../src/tensor/tensor.ts";

export const SAMPLE_RATE = 8000;
export const MS_PER_TIMESTEP = 40;
export const TIMESTEP_SAMPLES = 320;
/** Token ids by line; the blank is the number of lines. */
export const VOCABULARY = ["▁one", "▁two", "▁th", "ree", "▁", "a", "b", "s"];
export const BLANK = VOCABULARY.length;

export const PARAMETERS = {
  sample_rate: "8000",
  ms_per_timestep: "40",
  chunk_size: "0.16",
  left_padding_size: "0.32",
  right_padding_size: "0.24",
  min_window_samples: "320",
  blank_id: String(BLANK),
  start_history: "200",
  start_th: "0.2",
  stop_history: "400",
  stop_th: "0.98",
  streaming: "True",
  decoder_type: "greedy",
  vocab_file: "vocabulary.txt",
  use_subword: "True",
};
const LEXICON = [
  "one ▁one",
  "two ▁two",
  "three ▁th ree",
  "threes ▁th ree s",
  "as ▁ a s",
  "twos ▁two s",
];
export const VOCABULARY_FILE = new TextEncoder().encode(`${VOCABULARY.join("\n")}\n`);

const LEXICON_FILE = new TextEncoder().encode(LEXICON.join("\n"));

export type Parameters = Readonly<
  Partial<
    Record<
      | keyof typeof PARAMETERS
      | "stop_history_eou"
      | "residue_blanks_at_start"
      | "lexicon_file"
      | "use_lexicon_free_decoding"
      | "max_supported_transcripts"
      | "sil_token",
      string
    >
  >
>;

export function setupWith(parameters: Parameters = {}): StepSetup {
  const all = { ...PARAMETERS, ...parameters };
  const lexicon = parameters.lexicon_file === undefined ? {} : { "lexicon.txt": LEXICON_FILE };
  return { parameters: all, files: { "vocabulary.txt": VOCABULARY_FILE, ...lexicon } };
}

/** Audio that spells the token ids. */
export function spell(ids: readonly number[], extraSamples = 0): Float32Array {
  const audio = new Float32Array(ids.length * TIMESTEP_SAMPLES + extraSamples).fill(BLANK / 100);
  ids.forEach((id, n) => audio.fill(id / 100, n * TIMESTEP_SAMPLES, (n + 1) * TIMESTEP_SAMPLES));
  return audio;
}

/** Tokens of a window: one timestep more than whole ones, those near its end changed. */
export function recognize(window: Float32Array, rightSamples: number): Tensors {
  const length = Math.floor(window.length / TIMESTEP_SAMPLES) + 1;
  const tokens = Int32Array.from({ length }, (_, n) => {
    const start = n * TIMESTEP_SAMPLES;
    const id = Math.round((window[start] ?? BLANK / 100) * 100);
    const missing = start + TIMESTEP_SAMPLES + rightSamples - window.length;
    const isSure = missing <= 0 || id === BLANK;
    return isSure ? id : (id + Math.ceil(missing / TIMESTEP_SAMPLES)) % BLANK;
  });
  return {
    TOKENS: tensor("int32", tokens, [1, length]),
    TOKEN_SCORES: tensor(
      "float32",
      Float32Array.from(tokens, (id) => -(id + 1) / 8),
      [1, length],
    ),
    TOKENS_LENGTH: tensor("int64", BigInt64Array.of(BigInt(length)), [1, 1]),
    ...topTokens(tokens),
  };
}

const TOP = 3;

/** What a beam decoder gets: two tokens beside the most probable one, and the blank's score. */
function topTokens(tokens: Int32Array): Tensors {
  const rows = [...tokens].map((id) => [id, (id + 2) % (BLANK + 1), (id + 5) % (BLANK + 1)]);
  const scores = [...tokens].flatMap((id) => [-(id + 1) / 40, -1.5 - id / 8, -3]);
  const blanks = [...tokens].map((id) => (id === BLANK ? -(id + 1) / 40 : -2));
  return {
    TOP_TOKENS: tensor("int32", Int32Array.from(rows.flat()), [1, tokens.length, TOP]),
    TOP_SCORES: tensor("float32", Float32Array.from(scores), [1, tokens.length, TOP]),
    BLANK_SCORES: tensor("float32", Float32Array.from(blanks), [1, tokens.length]),
  };
}

export interface CtcRequest {
  readonly audio: Float32Array;
  readonly flags: SequenceFlags;
  readonly configuration?: Readonly<Record<string, string>>;
}

export function audioInputs(audio: Float32Array): Tensors {
  return {
    AUDIO_SIGNAL: tensor("float32", audio, [1, audio.length]),
    SAMPLE_RATE: tensor("uint32", Uint32Array.of(SAMPLE_RATE), [1, 1]),
  };
}

export function configurationInput(configuration: CtcRequest["configuration"]): Tensors {
  if (configuration === undefined) return {};
  const rows = Object.entries(configuration);
  return { CUSTOM_CONFIGURATION: tensor("string", rows.flat(), [1, rows.length, 2]) };
}

/** One stream through freshly loaded steps; `states` is for looking at. */
export interface CtcStream {
  readonly states: readonly unknown[];
  push(request: CtcRequest): Tensors;
}

/** @returns a function that opens streams over the same loaded steps. */
export function loadRecognizer(
  parameters: Parameters = {},
  decoder = "ctc-greedy-decoder",
): () => CtcStream {
  const setup = setupWith(parameters);
  const rightSamples = Number(setup.parameters["right_padding_size"]) * SAMPLE_RATE;
  const steps = ["audio-window", "ctc-endpointing", decoder].map((name) =>
    findStep(name).load(setup),
  );
  return () => {
    const states = steps.map((step) => step.open());
    const run = (index: number, inputs: Tensors, flags: SequenceFlags): Tensors =>
      (steps[index] as RunningStep<unknown>).run(inputs, states[index], flags);
    return {
      states,
      push: ({ audio, flags, configuration }) => {
        const window = run(0, audioInputs(audio), flags);
        const samples = (window["AUDIO_WINDOW"] as TensorOf<"float32">).data;
        const common = {
          ...window,
          ...recognize(samples, rightSamples),
          ...configurationInput(configuration),
        };
        const segments = run(1, common, flags);
        const transcripts = run(2, { ...common, ...segments }, flags);
        return { ...common, ...segments, ...transcripts };
      },
    };
  };
}

/** The requests of one stream: chunks of 0.16 s, the last one with what is left. */
export function requestsOf(audio: Float32Array, chunkSamples = 4 * TIMESTEP_SAMPLES): CtcRequest[] {
  const count = Math.max(1, Math.ceil(audio.length / chunkSamples));
  return Array.from({ length: count }, (_, n) => ({
    audio: audio.subarray(n * chunkSamples, (n + 1) * chunkSamples),
    flags: { start: n === 0, end: n === count - 1 },
  }));
}

/** What a client sees, as plain values. */
export interface Heard {
  readonly finals: readonly string[];
  readonly finalScores: readonly number[];
  readonly times: readonly number[];
  readonly wordScores: readonly number[];
}

export function heard(responses: readonly Tensors[]): Heard {
  const all = (name: string): (string | number)[] =>
    responses.flatMap((response) => Array.from(response[name]?.data as ArrayLike<string | number>));
  return {
    finals: all("FINAL_TRANSCRIPTS") as string[],
    finalScores: all("FINAL_TRANSCRIPTS_SCORE") as number[],
    times: all("FINAL_WORDS_START_END") as number[],
    wordScores: all("FINAL_WORDS_SCORE") as number[],
  };
}
