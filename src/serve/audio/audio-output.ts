/**
 * Made speech as a client wants it: at its sample rate, as 16-bit samples or as Opus packets. One
 * output serves one request; the pieces that come out of it are joined by the client.
 */
import { joinPieces } from "../../audio/join-pieces.ts";
import { encodePcm16 } from "../../audio/pcm-encode.ts";
import { createResampler, MAX_SAMPLE_RATE, MIN_SAMPLE_RATE } from "../../audio/resample.ts";
import { AudioEncoding } from "../../gen/riva_audio_pb.ts";
import { requestError } from "../engine/request-error.ts";
import { createOpusEncoder, OPUS_RATES } from "./opus-encoder.ts";

export interface AudioOutput {
  /** Bytes that are complete with these samples. */
  push(samples: Float32Array): Uint8Array;
  /** The rest, at the end of the request. */
  finish(): Uint8Array;
  close(): void;
}

export interface AudioOutputRequest {
  readonly encoding: AudioEncoding;
  /** 0 stands for the voice's own rate. */
  readonly sampleRateHz: number;
  readonly voiceRateHz: number;
}

/** @throws ToolError INVALID_REQUEST for an encoding or a rate that is not offered */
export async function openAudioOutput(request: AudioOutputRequest): Promise<AudioOutput> {
  const { encoding, sampleRateHz, voiceRateHz } = request;
  const wanted = sampleRateHz === 0 ? voiceRateHz : sampleRateHz;
  if (wanted < MIN_SAMPLE_RATE || wanted > MAX_SAMPLE_RATE) {
    throw requestError(
      `sample_rate_hz must be between ${MIN_SAMPLE_RATE} and ${MAX_SAMPLE_RATE}, or 0 (model rate).`,
      "0 asks for the voice's own rate, which needs no conversion",
    );
  }
  switch (encoding) {
    case AudioEncoding.ENCODING_UNSPECIFIED:
    case AudioEncoding.LINEAR_PCM:
      return pcmOutput(voiceRateHz, wanted);
    case AudioEncoding.OGGOPUS:
      return opusOutput(voiceRateHz, wanted);
    default:
      throw requestError(
        "Only LINEAR_PCM and OGGOPUS encodings are supported.",
        "ask for LINEAR_PCM (16-bit samples) or OGGOPUS (Opus packets)",
      );
  }
}

function pcmOutput(fromRate: number, toRate: number): AudioOutput {
  const resampler = createResampler(fromRate, toRate);
  return {
    push: (samples) => encodePcm16(resampler.push(samples)),
    finish: () => encodePcm16(resampler.flush()),
    close: () => {},
  };
}

/** Opus knows five rates; another one becomes the next above it, or the highest. */
async function opusOutput(fromRate: number, wanted: number): Promise<AudioOutput> {
  const rate = OPUS_RATES.find((candidate) => candidate >= wanted) ?? 48_000;
  const resampler = createResampler(fromRate, rate);
  const encoder = await createOpusEncoder(rate);
  return {
    push: (samples) => encoder.push(resampler.push(samples)),
    finish: () => joinPieces([encoder.push(resampler.flush()), encoder.finish()]),
    close: () => encoder.close(),
  };
}
