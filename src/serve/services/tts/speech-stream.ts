/**
 * One synthesis: a text goes in, speech comes out chunk by chunk. Each chunk is a request of the
 * sequence, made when the one before was taken, so a client that reads slowly makes the voice wait
 * and nothing is kept for it. How requests ask: docs/formats/speech-synthesis-repository.md.
 */
import { type Tensor, tensor, type Tensors } from "../../../tensor/tensor.ts";
import type { Engine } from "../../engine/engine.ts";
import { nextSequenceId } from "../../engine/sequence-id.ts";
import type { Voice } from "./select-voice.ts";

export interface SpeechRequest {
  readonly text: string;
  /** `word  phonemes,word  phonemes`; empty for none. */
  readonly customDictionary: string;
  /** Frames of a chunk; 0 leaves it to the voice, which begins with short ones. */
  readonly chunkFrames: number;
}

export interface SpeechChunk {
  /** May be empty: a sentence may turn out to be nothing. */
  readonly samples: Float32Array;
  /** With the first chunk of a sentence: as it is spoken, and the frames of each token. */
  readonly sentence: SpokenSentence | undefined;
}

export interface SpokenSentence {
  readonly processedText: string;
  readonly durations: readonly number[];
}

export interface SpeechStreamOptions {
  readonly engine: Engine;
  readonly voice: Voice;
  readonly signal: AbortSignal;
}

/** @throws ToolError INVALID_REQUEST for SSML or a dictionary with wrong values, CANCELLED */
export async function* speak(
  { engine, voice, signal }: SpeechStreamOptions,
  request: SpeechRequest,
): AsyncGenerator<SpeechChunk> {
  const id = nextSequenceId();
  const { model } = voice;
  let sentence = 0;
  let given = -1;
  let start = true;
  try {
    for (;;) {
      const inputs = requestTensors(voice, sentence, start ? request : undefined, request);
      const sequence = { id, start, end: false };
      start = false;
      const outputs = await engine.infer({ model: model.name, inputs, sequence }, signal);
      const isNew = sentence !== given;
      given = sentence;
      yield readChunk(outputs, isNew);
      if (scalar(outputs, "END_FLAG") !== 0) return;
      sentence = scalar(outputs, "NEXT_SENTENCE");
    }
  } finally {
    // the engine forgets the sequence after a while too, so neither result nor failure matters
    const inputs = requestTensors(voice, Math.max(0, given), undefined, request);
    const end = { id, start: false, end: true };
    void engine
      .infer({ model: model.name, inputs, sequence: end, outputs: ["END_FLAG"] })
      .catch(() => undefined);
  }
}

function requestTensors(
  { model, speaker }: Voice,
  sentence: number,
  first: SpeechRequest | undefined,
  { chunkFrames }: SpeechRequest,
): Tensors {
  const inputs: Record<string, Tensor> = {
    INPUT: tensor("string", [first?.text ?? ""], [1, 1]),
    SENTENCE: tensor("int32", Int32Array.of(sentence), [1, 1]),
  };
  if (model.takesSpeaker) {
    inputs["SPEAKER"] = tensor("int64", BigInt64Array.of(BigInt(speaker)), [1, 1]);
  }
  // Triton does not know when an optional input is left out of one request and not of another
  inputs["CUSTOM_DICTIONARY"] = tensor("string", [first?.customDictionary ?? ""], [1, 1]);
  inputs["CHUNK_LENGTH"] = tensor("int32", Int32Array.of(chunkFrames), [1, 1]);
  return inputs;
}

function readChunk(outputs: Tensors, isNew: boolean): SpeechChunk {
  const audio = outputs["OUTPUT"];
  const text = outputs["OUT_PROCESSED_TEXT"];
  const durations = outputs["OUT_DURATIONS"];
  return {
    samples: audio?.dtype === "float32" ? audio.data : new Float32Array(0),
    sentence: isNew
      ? {
          processedText: text?.dtype === "string" ? (text.data[0] ?? "") : "",
          durations: durations?.dtype === "float32" ? [...durations.data] : [],
        }
      : undefined,
  };
}

function scalar(outputs: Tensors, name: string): number {
  const found = outputs[name];
  // without the flag a stream would never end
  return found?.dtype === "int32" ? (found.data[0] ?? 1) : 1;
}
