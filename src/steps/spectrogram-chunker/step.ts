/**
 * Gives the vocoder the spectrogram of a sentence piece by piece, so that audio leaves early and
 * memory stays small. The state is the spectrogram of the sentence that is being spoken, until its
 * last piece is out; then the next sentence is asked for by its number.
 */
import { tensor } from "../../tensor/tensor.ts";
import type { Tensors } from "../../tensor/tensor.ts";
import { invalidInput, readInput, readScalar } from "../inputs.ts";
import { numberParameter } from "../parameters.ts";
import type { StepSetup } from "../step.ts";
import { defineStep } from "../step.ts";
import { chunkLength, type ChunkLengths, type Context, planChunk } from "./chunk-plan.ts";

interface Settings {
  readonly mels: number;
  readonly lengths: ChunkLengths;
  readonly context: Context;
  readonly samplesPerFrame: number;
  readonly sampleRate: number;
  readonly fadeSamples: number;
}

interface Sentence {
  readonly number: number;
  readonly isLast: boolean;
  /** [mels, frames] */
  readonly spectrogram: Float32Array;
  readonly frames: number;
  /** A factor a frame. */
  readonly volume: Float32Array;
  readonly pauseSamples: number;
}

interface State {
  sentence: Sentence | undefined;
  /** First frame of it that has not been given. */
  position: number;
  /** Chunks of the stream so far. */
  chunks: number;
}

export const spectrogramChunker = defineStep<State>({
  name: "spectrogram-chunker",
  doc: "spectrograms of sentences to overlapping chunks for the vocoder",
  stateful: true,
  inputs: [
    { name: "SPECTROGRAM", dtype: "float32", dims: [-1, -1] },
    { name: "NUM_VALID_FRAMES_IN", dtype: "int64", dims: [1] },
    { name: "NUM_TOKENS", dtype: "int32", dims: [1] },
    { name: "IS_LAST_SENTENCE", dtype: "int32", dims: [1] },
    { name: "SENTENCE_NUM", dtype: "int32", dims: [1] },
    { name: "DURATIONS", dtype: "float32", dims: [-1] },
    { name: "PROCESSED_TEXT", dtype: "string", dims: [1] },
    { name: "VOLUME", dtype: "float32", dims: [-1] },
    { name: "PAUSE", dtype: "float32", dims: [1] },
    { name: "CHUNK_LENGTH", dtype: "int32", dims: [1], optional: true },
  ],
  outputs: [
    { name: "SPECTROGRAM_CHUNK", dtype: "float32", dims: [-1, -1] },
    { name: "END_FLAG", dtype: "int32", dims: [1] },
    { name: "NEXT_SENTENCE", dtype: "int32", dims: [1] },
    { name: "NUM_VALID_SAMPLES_OUT", dtype: "int32", dims: [2] },
    { name: "JOIN", dtype: "int32", dims: [3] },
    { name: "SENTENCE_NUM", dtype: "int32", dims: [1] },
    { name: "DURATIONS", dtype: "float32", dims: [-1] },
    { name: "PROCESSED_TEXT", dtype: "string", dims: [1] },
    { name: "VOLUME", dtype: "float32", dims: [-1] },
  ],
  load: (setup) => {
    const settings = parseSettings(setup);
    return {
      open: () => ({ sentence: undefined, position: 0, chunks: 0 }),
      run: (inputs, state) => takeChunk(inputs, state, settings),
    };
  },
});

/** Longer chunks need more memory than a vocoder should be given at once. */
export const MAX_CHUNK_FRAMES = 4096;

function parseSettings(setup: StepSetup): Settings {
  const whole = (name: string, min: number, max = 2 ** 20): number =>
    numberParameter(setup, name, { min, max, isWhole: true });
  const most = whole("chunk_length", 1, MAX_CHUNK_FRAMES);
  return {
    mels: whole("num_mels", 1),
    lengths: { most, first: Math.min(most, whole("first_chunk_length", 1, MAX_CHUNK_FRAMES)) },
    context: { left: whole("left_context", 0), right: whole("right_context", 0) },
    samplesPerFrame: whole("num_samples_per_frame", 1),
    sampleRate: whole("sample_rate", 1),
    fadeSamples: whole("fade_samples", 0),
  };
}

function takeChunk(inputs: Tensors, state: State, settings: Settings): Tensors {
  const number = readScalar(inputs, "SENTENCE_NUM", "int32");
  const isNew = number !== state.sentence?.number;
  if (isNew) {
    if (state.sentence !== undefined && state.position < state.sentence.frames) {
      throw invalidInput(
        "SENTENCE_NUM",
        `sentence ${state.sentence.number} is not at its end, got ${number}`,
      );
    }
    state.sentence = readSentence(inputs, number, settings);
    state.position = 0;
  }
  const sentence = state.sentence as Sentence;
  const length = wantedLength(inputs, state, settings);
  const plan = planChunk(state.position, sentence.frames, length, settings.context);
  // a request behind the end gets nothing again
  const isOver = state.position >= sentence.frames && !isNew;
  const isEnd = plan.end >= sentence.frames;
  state.position = plan.end;
  if (!isOver) state.chunks++;
  const { samplesPerFrame, fadeSamples } = settings;
  const flag = (value: number) => tensor("int32", Int32Array.of(value), [1, 1]);
  const valid = [plan.start - plan.from, plan.end - plan.start].map((n) => n * samplesPerFrame);
  const join = [
    plan.start === 0 ? fadeSamples : 0,
    isEnd ? fadeSamples : 0,
    isEnd && !isOver ? sentence.pauseSamples : 0,
  ];
  const durations = isNew ? spokenDurations(inputs) : new Float32Array(0);
  const text = isNew ? (readInput(inputs, "PROCESSED_TEXT", "string")[0] ?? "") : "";
  const volume = sentence.volume.slice(plan.from, plan.to);
  return {
    SPECTROGRAM_CHUNK: cutFrames(sentence, plan, settings),
    END_FLAG: flag(isEnd && sentence.isLast ? 1 : 0),
    NEXT_SENTENCE: flag(isEnd && !sentence.isLast ? number + 1 : number),
    NUM_VALID_SAMPLES_OUT: tensor("int32", Int32Array.from(valid), [1, 2]),
    JOIN: tensor("int32", Int32Array.from(join), [1, 3]),
    SENTENCE_NUM: flag(number),
    DURATIONS: tensor("float32", durations, [1, durations.length]),
    PROCESSED_TEXT: tensor("string", [text], [1, 1]),
    VOLUME: tensor("float32", volume, [1, volume.length]),
  };
}

function wantedLength(inputs: Tensors, state: State, { lengths }: Settings): number {
  const wanted =
    inputs["CHUNK_LENGTH"] === undefined ? 0 : readScalar(inputs, "CHUNK_LENGTH", "int32");
  if (wanted < 0 || wanted > MAX_CHUNK_FRAMES) {
    throw invalidInput("CHUNK_LENGTH", `expected 0 to ${MAX_CHUNK_FRAMES} frames, got ${wanted}`);
  }
  return wanted === 0 ? chunkLength(state.chunks, lengths) : wanted;
}

function readSentence(inputs: Tensors, number: number, settings: Settings): Sentence {
  const { mels, sampleRate } = settings;
  const isSpoken = readScalar(inputs, "NUM_TOKENS", "int32") > 0;
  const given = readInput(inputs, "SPECTROGRAM", "float32");
  const columns = given.length / mels;
  if (inputs["SPECTROGRAM"]?.shape[1] !== mels) {
    throw invalidInput("SPECTROGRAM", `expected ${mels} bands`);
  }
  const frames = isSpoken ? readScalar(inputs, "NUM_VALID_FRAMES_IN", "int64") : 0;
  const volume = readInput(inputs, "VOLUME", "float32");
  if (frames < 0 || frames > columns || frames > volume.length) {
    throw invalidInput("NUM_VALID_FRAMES_IN", `expected 0 to ${columns}, got ${frames}`);
  }
  const pause = readInput(inputs, "PAUSE", "float32")[0] ?? 0;
  return {
    number,
    isLast: readScalar(inputs, "IS_LAST_SENTENCE", "int32") !== 0,
    spectrogram: columns === frames ? given : cut(given, mels, columns, 0, frames),
    frames,
    volume: volume.slice(0, frames),
    pauseSamples: Math.round(Math.max(0, pause) * sampleRate),
  };
}

/** One a token; a stand-in for nothing to say has none. */
function spokenDurations(inputs: Tensors): Float32Array {
  const count = readScalar(inputs, "NUM_TOKENS", "int32");
  return readInput(inputs, "DURATIONS", "float32").slice(0, count);
}

/** No frame at all becomes one of silence, whose audio does not count: the vocoder needs one. */
function cutFrames(
  { spectrogram, frames }: Sentence,
  { from, to }: { readonly from: number; readonly to: number },
  { mels }: Settings,
): Tensors[string] {
  if (to === from) return tensor("float32", new Float32Array(mels).fill(SILENCE), [1, mels, 1]);
  return tensor("float32", cut(spectrogram, mels, frames, from, to), [1, mels, to - from]);
}

/** Logarithm of the smallest magnitude of usual features. */
const SILENCE = Math.log(1e-5);

function cut(
  rows: Float32Array,
  count: number,
  columns: number,
  from: number,
  to: number,
): Float32Array {
  const result = new Float32Array(count * (to - from));
  for (let row = 0; row < count; row++) {
    result.set(rows.subarray(row * columns + from, row * columns + to), row * (to - from));
  }
  return result;
}
