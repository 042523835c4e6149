/**
 * Cuts the audio of a stream into the overlapping windows that the acoustic model sees: the chunk
 * of a request with what came before it, left and right padding together. The state is the newest
 * samples, never more than both paddings.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { tensor } from "../../tensor/tensor.ts";
import type { Tensors } from "../../tensor/tensor.ts";
import { invalidInput, readInput, readScalar } from "../inputs.ts";
import { numberParameter, wrong } from "../parameters.ts";
import type { SequenceFlags, StepSetup } from "../step.ts";
import { defineStep } from "../step.ts";

interface Settings {
  readonly sampleRate: number;
  readonly timestepSamples: number;
  readonly chunkSamples: number;
  readonly leftSamples: number;
  readonly rightSamples: number;
  readonly minWindowSamples: number;
}

interface State {
  /** Samples that came before. */
  received: number;
  /** The newest of them. */
  tail: Float32Array;
}

export const audioWindow = defineStep<State>({
  name: "audio-window",
  doc: "audio of a stream to overlapping windows for the acoustic model",
  stateful: true,
  inputs: [
    { name: "AUDIO_SIGNAL", dtype: "float32", dims: [-1] },
    { name: "SAMPLE_RATE", dtype: "uint32", dims: [1] },
  ],
  outputs: [
    { name: "AUDIO_WINDOW", dtype: "float32", dims: [-1] },
    { name: "AUDIO_LENGTH", dtype: "int64", dims: [1] },
    { name: "FRAME_SPAN", dtype: "int32", dims: [3] },
    { name: "AUDIO_PROCESSED", dtype: "float32", dims: [1] },
  ],
  load: (setup) => {
    const settings = parseSettings(setup);
    return {
      open: () => ({ received: 0, tail: new Float32Array(0) }),
      run: (inputs, state, flags) => takeWindow(inputs, state, flags, settings),
    };
  },
});

function parseSettings(setup: StepSetup): Settings {
  const sampleRate = numberParameter(setup, "sample_rate", { min: 1, isWhole: true });
  const msPerTimestep = numberParameter(setup, "ms_per_timestep", { min: 1 });
  const timestepSamples = (sampleRate * msPerTimestep) / 1000;
  if (!Number.isInteger(timestepSamples)) {
    throw wrong("ms_per_timestep", `a whole number of samples at ${sampleRate} Hz`, msPerTimestep);
  }
  const samplesOf = (name: string, min: number): number => {
    const timesteps = (numberParameter(setup, name, { min }) * 1000) / msPerTimestep;
    // Seconds such as 0.16 are not exact in binary.
    if (Math.abs(timesteps - Math.round(timesteps)) < 1e-6)
      return Math.round(timesteps) * timestepSamples;
    throw wrong(
      name,
      `a multiple of ${msPerTimestep} ms (ms_per_timestep)`,
      setup.parameters[name] ?? "",
    );
  };
  return {
    sampleRate,
    timestepSamples,
    chunkSamples: samplesOf("chunk_size", msPerTimestep / 1000),
    leftSamples: samplesOf("left_padding_size", 0),
    rightSamples: samplesOf("right_padding_size", 0),
    minWindowSamples: numberParameter(setup, "min_window_samples", { min: 1, isWhole: true }),
  };
}

function takeWindow(
  inputs: Tensors,
  state: State,
  flags: SequenceFlags,
  settings: Settings,
): Tensors {
  const audio = readAudio(inputs, flags, settings);
  const { leftSamples, rightSamples, timestepSamples, minWindowSamples } = settings;
  const before = state.received;
  const after = before + audio.length;
  const start = Math.max(0, before - leftSamples - rightSamples);
  const samples = before - start + audio.length;
  const window = new Float32Array(Math.max(samples, minWindowSamples));
  window.set(state.tail);
  window.set(audio, before - start);

  const settledBefore = Math.max(0, before - rightSamples);
  const settledAfter = Math.max(0, after - rightSamples);
  const from = (settledBefore - start) / timestepSamples;
  // Nothing but silence in the window: nothing can settle.
  const rest = samples === 0 ? 0 : -1;
  const to = flags.end ? rest : (settledAfter - start) / timestepSamples;
  keepTail(state, audio, settings);
  return {
    AUDIO_WINDOW: tensor("float32", window, [1, window.length]),
    AUDIO_LENGTH: tensor("int64", BigInt64Array.of(BigInt(window.length)), [1, 1]),
    FRAME_SPAN: tensor("int32", Int32Array.of(start / timestepSamples, from, to), [1, 3]),
    AUDIO_PROCESSED: tensor("float32", Float32Array.of(after / settings.sampleRate), [1, 1]),
  };
}

function readAudio(
  inputs: Tensors,
  flags: SequenceFlags,
  { sampleRate, chunkSamples }: Settings,
): Float32Array {
  const rate = readScalar(inputs, "SAMPLE_RATE", "uint32");
  if (rate !== sampleRate)
    throw invalidInput("SAMPLE_RATE", `expected audio at ${sampleRate} Hz, got ${rate}`);
  const audio = readInput(inputs, "AUDIO_SIGNAL", "float32");
  const isWhole = flags.start && flags.end;
  if (isWhole || audio.length === chunkSamples || (flags.end && audio.length < chunkSamples))
    return audio;
  const kind = flags.end ? "at most " : "";
  throw new ToolError(
    "INVALID_REQUEST",
    `expected ${kind}${chunkSamples} samples, got ${audio.length}`,
    {
      at: "input AUDIO_SIGNAL",
      hint: "send chunk_size seconds (a parameter of the model) a request; only the last one (END) may be shorter",
    },
  );
}

function keepTail(
  state: State,
  audio: Float32Array,
  { leftSamples, rightSamples }: Settings,
): void {
  const kept = Math.min(state.tail.length + audio.length, leftSamples + rightSamples);
  const tail = new Float32Array(kept);
  const fromAudio = Math.min(kept, audio.length);
  tail.set(state.tail.subarray(state.tail.length - (kept - fromAudio)));
  tail.set(audio.subarray(audio.length - fromAudio), kept - fromAudio);
  state.tail = tail;
  state.received += audio.length;
}
