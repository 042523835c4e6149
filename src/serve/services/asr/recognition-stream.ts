/**
 * One recognition: samples go in as they come, the engine sees a sequence of pieces of exactly
 * `chunk_size`, transcripts come out. What is held of the audio is always less than two pieces.
 */
import { type Tensor, tensor } from "../../../tensor/tensor.ts";
import type { Engine } from "../../engine/engine.ts";
import { nextSequenceId } from "../../engine/sequence-id.ts";
import { configurationTensor } from "./configuration.ts";
import type { RecognitionModel } from "./models.ts";
import { readTranscripts, type Transcripts } from "./transcripts.ts";

export interface RecognitionStreamOptions {
  readonly engine: Engine;
  readonly model: RecognitionModel;
  /** Key and value rows that count from the first request on. */
  readonly configuration: readonly (readonly [string, string])[];
  readonly signal: AbortSignal;
}

export class RecognitionStream {
  readonly sequenceId: bigint;
  readonly #options: RecognitionStreamOptions;
  /** Grows with the audio: a chunk of an offline model may last minutes, a recording seconds. */
  #piece = new Float32Array(0);
  #filled = 0;
  #hasStarted = false;
  #hasEnded = false;
  /** Samples of the client, and of silence that `force` put in behind them. */
  #received = 0;
  #silence = 0;

  constructor(options: RecognitionStreamOptions) {
    this.#options = options;
    this.sequenceId = nextSequenceId();
  }

  /** Seconds of the client's audio that the model has seen. */
  get audioProcessed(): number {
    return (this.#received - this.#filled) / this.#options.model.sampleRate;
  }

  /** Takes samples; yields what each full piece brought. */
  async *push(samples: Float32Array): AsyncGenerator<Transcripts> {
    const { chunkSamples } = this.#options.model;
    let taken = 0;
    while (taken < samples.length) {
      const part = samples.subarray(taken, taken + chunkSamples - this.#filled);
      this.#makeRoom(this.#filled + part.length);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      this.#received += part.length;
      taken += part.length;
      if (this.#filled === chunkSamples) yield await this.#send(this.#takePiece(), false);
    }
  }

  /**
   * Closes the running utterance at once: the piece is filled up with silence, because only the
   * last one of a sequence may be shorter; later times do not count that silence.
   */
  async force(): Promise<Transcripts> {
    const { chunkSamples } = this.#options.model;
    const silence = chunkSamples - this.#filled;
    const audio = new Float32Array(chunkSamples);
    audio.set(this.#takePiece());
    const transcripts = await this.#send(audio, false, [["force_eou", "true"]]);
    this.#silence += silence;
    return transcripts;
  }

  /** Sends what is left and ends the sequence; undefined if there was no audio at all. */
  async finish(): Promise<Transcripts | undefined> {
    if (this.#hasEnded || (!this.#hasStarted && this.#filled === 0)) return undefined;
    return this.#send(this.#takePiece(), true);
  }

  #makeRoom(samples: number): void {
    if (samples <= this.#piece.length) return;
    const { chunkSamples } = this.#options.model;
    const larger = new Float32Array(
      Math.min(chunkSamples, Math.max(samples, 2 * this.#piece.length)),
    );
    larger.set(this.#piece.subarray(0, this.#filled));
    this.#piece = larger;
  }

  /** The audio so far, in memory of its own; the piece is empty afterwards. */
  #takePiece(): Float32Array {
    const audio = this.#piece.slice(0, this.#filled);
    this.#filled = 0;
    return audio;
  }

  /** After a failure or when the client is gone: frees the state that the engine keeps. */
  async abandon(): Promise<void> {
    if (!this.#hasStarted || this.#hasEnded) return;
    this.#hasEnded = true;
    const { engine, model } = this.#options;
    const request = this.#request(new Float32Array(0), true, []);
    // the engine drops the sequence after a while too, so a failure changes nothing
    await engine.infer({ model: model.name, ...request }).catch(() => undefined);
  }

  async #send(
    audio: Float32Array,
    isLast: boolean,
    rows: readonly (readonly [string, string])[] = [],
  ): Promise<Transcripts> {
    const { engine, model, signal } = this.#options;
    const first = this.#hasStarted ? [] : this.#options.configuration;
    const request = this.#request(audio, isLast, [...first, ...rows]);
    this.#hasStarted = true;
    const outputs = await engine.infer({ model: model.name, ...request }, signal);
    this.#hasEnded = isLast;
    return this.#withoutSilence(readTranscripts(outputs));
  }

  #request(audio: Float32Array, end: boolean, rows: readonly (readonly [string, string])[]) {
    const { model } = this.#options;
    const inputs: Record<string, Tensor> = {
      AUDIO_SIGNAL: tensor("float32", audio, [1, audio.length]),
      SAMPLE_RATE: tensor("uint32", Uint32Array.of(model.sampleRate), [1, 1]),
    };
    if (rows.length > 0 && model.takesConfiguration) {
      inputs["CUSTOM_CONFIGURATION"] = configurationTensor(rows);
    }
    return { inputs, sequence: { id: this.sequenceId, start: !this.#hasStarted, end } };
  }

  /** Word times of the client's audio. */
  #withoutSilence(transcripts: Transcripts): Transcripts {
    if (this.#silence === 0) return transcripts;
    const ms = Math.round((this.#silence * 1000) / this.#options.model.sampleRate);
    return {
      ...transcripts,
      finals: transcripts.finals.map((final) => ({
        ...final,
        words: final.words.map((word) => ({
          ...word,
          startMs: Math.max(0, word.startMs - ms),
          endMs: Math.max(0, word.endMs - ms),
        })),
      })),
    };
  }
}
