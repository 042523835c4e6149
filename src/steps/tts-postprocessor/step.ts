/**
 * The last step of synthesis: leaves out the audio of the context around a chunk, sets the volume
 * that the text asked for, fades a sentence in and out, and puts the pause behind it.
 */
import { tensor } from "../../tensor/tensor.ts";
import type { Tensors } from "../../tensor/tensor.ts";
import { invalidInput, readInput } from "../inputs.ts";
import { numberParameter } from "../parameters.ts";
import { defineStep } from "../step.ts";

export const ttsPostprocessor = defineStep<undefined>({
  name: "tts-postprocessor",
  doc: "audio of a chunk with its surroundings to the audio that is heard",
  stateful: false,
  inputs: [
    { name: "INPUT", dtype: "float32", dims: [1, -1] },
    { name: "NUM_VALID_SAMPLES", dtype: "int32", dims: [2] },
    { name: "JOIN", dtype: "int32", dims: [3] },
    { name: "Prosody_volume", dtype: "float32", dims: [-1] },
  ],
  outputs: [{ name: "OUTPUT", dtype: "float32", dims: [-1] }],
  load: (setup) => {
    const samplesPerFrame = numberParameter(setup, "num_samples_per_frame", {
      min: 1,
      isWhole: true,
    });
    return { open: () => undefined, run: (inputs) => finishAudio(inputs, samplesPerFrame) };
  },
});

function finishAudio(inputs: Tensors, samplesPerFrame: number): Tensors {
  const audio = readInput(inputs, "INPUT", "float32");
  const [skipped = -1, count = -1] = readInput(inputs, "NUM_VALID_SAMPLES", "int32");
  if (skipped < 0 || count < 0 || skipped + count > audio.length) {
    throw invalidInput(
      "NUM_VALID_SAMPLES",
      `expected a start and a count within ${audio.length} samples, got ${skipped} and ${count}`,
    );
  }
  const [fadeIn = -1, fadeOut = -1, silence = -1] = readInput(inputs, "JOIN", "int32");
  if (fadeIn < 0 || fadeOut < 0 || silence < 0 || silence > MAX_SILENCE_SAMPLES) {
    throw invalidInput(
      "JOIN",
      `expected two fades and a silence, got ${fadeIn}, ${fadeOut}, ${silence}`,
    );
  }
  const output = new Float32Array(count + silence);
  output.set(audio.subarray(skipped, skipped + count));
  const spoken = output.subarray(0, count);
  applyVolume(spoken, skipped, readInput(inputs, "Prosody_volume", "float32"), samplesPerFrame);
  fade(spoken, Math.min(fadeIn, count), Math.min(fadeOut, count));
  return { OUTPUT: tensor("float32", output, [1, output.length]) };
}

/** Half a minute at the highest rate: more than a text may ask for. */
const MAX_SILENCE_SAMPLES = 30 * 96_000;

/** The factor goes in straight lines from the middle of one frame to that of the next. */
function applyVolume(
  samples: Float32Array,
  skipped: number,
  volume: Float32Array,
  samplesPerFrame: number,
): void {
  if (volume.every((factor) => factor === 1)) return;
  for (let n = 0; n < samples.length; n++) {
    const place = (skipped + n + 0.5) / samplesPerFrame - 0.5;
    const frame = Math.floor(place);
    const before = volume[Math.max(0, frame)] ?? 1;
    const after = volume[Math.min(volume.length - 1, frame + 1)] ?? before;
    const factor = before + (after - before) * (place - frame);
    // louder speech stays within what 16 bits can hold
    samples[n] = Math.max(-1, Math.min(1, (samples[n] as number) * factor));
  }
}

/** Half a cosine, so that neither end of it is a corner. */
function fade(samples: Float32Array, fadeIn: number, fadeOut: number): void {
  const factor = (n: number, length: number): number =>
    0.5 - 0.5 * Math.cos((Math.PI * (n + 0.5)) / length);
  for (let n = 0; n < fadeIn; n++) samples[n] = (samples[n] as number) * factor(n, fadeIn);
  const last = samples.length - 1;
  for (let n = 0; n < fadeOut; n++) {
    samples[last - n] = (samples[last - n] as number) * factor(n, fadeOut);
  }
}
