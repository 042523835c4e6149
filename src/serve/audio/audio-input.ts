/**
 * One resolver for all audio that clients send: the first bytes decide (clients send files with a
 * header and an empty configuration), the configuration fills in what no header says; everything
 * comes out as mono at the model's rate.
 */
import { joinBytes, type SampleFormat } from "../../audio/pcm.ts";
import {
  createResampler,
  MAX_SAMPLE_RATE,
  MIN_SAMPLE_RATE,
  type Resampler,
} from "../../audio/resample.ts";
import { looksLikeOgg } from "../../audio/ogg.ts";
import { looksLikeWav, type WavHeader } from "../../audio/wav.ts";
import { AudioEncoding } from "../../gen/riva_audio_pb.ts";
import { type AudioDecoder, audioError, NO_SAMPLES } from "./decoder.ts";
import { createFlacDecoder, looksLikeFlac } from "./flac-decoder.ts";
import { createOggOpusDecoder } from "./opus-decoder.ts";
import { createRawDecoder, createWavDecoder } from "./sample-decoders.ts";

/** What the client says of the audio; 0 says nothing. */
export interface DeclaredAudio {
  readonly encoding: AudioEncoding;
  readonly sampleRateHertz: number;
  readonly audioChannelCount: number;
}

export interface AudioInput {
  /**
   * Samples at the model's rate that are complete with these bytes, in pieces, so that a large
   * message does not become a still larger array.
   * @throws ToolError INVALID_REQUEST for damaged audio
   */
  push(bytes: Uint8Array): AsyncIterable<Float32Array>;
  /** The rest. @throws ToolError INVALID_REQUEST */
  finish(): AsyncIterable<Float32Array>;
  close(): void;
}

/** "RIFF", size, "WAVE". */
const SNIFF_BYTES = 12;
const NO_BYTES = new Uint8Array(0);
/** More channels than any recording; each costs a multiple of the bytes. */
const MAX_CHANNELS = 64;

const RAW_FORMATS = new Map<AudioEncoding, SampleFormat>([
  [AudioEncoding.ENCODING_UNSPECIFIED, "int16"],
  [AudioEncoding.LINEAR_PCM, "int16"],
  [AudioEncoding.MULAW, "mulaw"],
  [AudioEncoding.ALAW, "alaw"],
]);

/** @throws ToolError INVALID_REQUEST if the declaration itself is impossible */
export function openAudioInput(declared: DeclaredAudio, modelRate: number): AudioInput {
  checkDeclared(declared);
  let pending: Uint8Array = NO_BYTES;
  let decoder: AudioDecoder | undefined;
  let resampler: Resampler | undefined;

  const resample = (samples: Float32Array): Float32Array => {
    const rate = decoder?.sampleRate;
    if (rate === undefined || samples.length === 0) return NO_SAMPLES;
    resampler ??= createResampler(rate, modelRate);
    return resampler.push(samples);
  };

  async function* decode(bytes: Uint8Array): AsyncGenerator<Float32Array> {
    decoder ??= await chooseDecoder(bytes, declared, modelRate);
    for (let start = 0; start < bytes.length; start += decoder.sliceBytes) {
      yield resample(await decoder.push(bytes.subarray(start, start + decoder.sliceBytes)));
    }
  }

  return {
    async *push(bytes) {
      if (decoder === undefined) {
        pending = pending.length === 0 ? bytes : joinBytes(pending, bytes);
        if (pending.length < SNIFF_BYTES) return;
      }
      yield* decode(decoder === undefined ? pending : bytes);
      pending = NO_BYTES;
    },
    async *finish() {
      if (pending.length > 0) yield* decode(pending);
      if (decoder !== undefined) yield resample(await decoder.finish());
      if (resampler !== undefined) yield resampler.flush();
    },
    close: () => decoder?.close(),
  };
}

function checkDeclared({
  encoding,
  sampleRateHertz: rate,
  audioChannelCount,
}: DeclaredAudio): void {
  if (rate !== 0 && (rate < MIN_SAMPLE_RATE || rate > MAX_SAMPLE_RATE)) {
    throw audioError(
      `sample_rate_hertz must be between ${MIN_SAMPLE_RATE} and ${MAX_SAMPLE_RATE}, or 0 (model rate/WAV header).`,
      "send the rate of the audio in Hz",
    );
  }
  if (audioChannelCount < 0 || audioChannelCount > MAX_CHANNELS) {
    throw audioError(
      `audio_channel_count is ${audioChannelCount}, expected 0 to ${MAX_CHANNELS}`,
      "send the number of interleaved channels; the first one is recognised",
    );
  }
  const isKnown =
    RAW_FORMATS.has(encoding) ||
    encoding === AudioEncoding.FLAC ||
    encoding === AudioEncoding.OGGOPUS;
  if (!isKnown) {
    throw audioError(
      `audio encoding ${encoding} is not known`,
      "use LINEAR_PCM, FLAC, MULAW, OGGOPUS or ALAW",
    );
  }
}

async function chooseDecoder(
  first: Uint8Array,
  declared: DeclaredAudio,
  modelRate: number,
): Promise<AudioDecoder> {
  if (looksLikeWav(first)) return createWavDecoder((header) => checkHeader(header, declared));
  if (looksLikeFlac(first)) return createFlacDecoder();
  if (looksLikeOgg(first)) return createOggOpusDecoder();
  const format = RAW_FORMATS.get(declared.encoding);
  if (format === undefined) {
    const name = declared.encoding === AudioEncoding.FLAC ? "FLAC" : "OGGOPUS";
    throw audioError(
      `the audio is declared as ${name} but does not start like it`,
      "send the file from its first byte, or declare another encoding",
    );
  }
  return createRawDecoder({
    format,
    channels: Math.max(1, declared.audioChannelCount),
    sampleRate: declared.sampleRateHertz || modelRate,
  });
}

/** The header is believed; a configuration that contradicts it is a mistake of the client. */
function checkHeader(header: WavHeader, { encoding, sampleRateHertz }: DeclaredAudio): void {
  const compressed: SampleFormat | undefined =
    encoding === AudioEncoding.MULAW
      ? "mulaw"
      : encoding === AudioEncoding.ALAW
        ? "alaw"
        : undefined;
  const isCompressed = header.format === "mulaw" || header.format === "alaw";
  const formatFits =
    encoding === AudioEncoding.ENCODING_UNSPECIFIED ||
    (compressed === undefined
      ? encoding === AudioEncoding.LINEAR_PCM && !isCompressed
      : compressed === header.format);
  const rateFits = sampleRateHertz === 0 || sampleRateHertz === header.sampleRate;
  if (formatFits && rateFits) return;
  throw audioError(
    "Error: config format doesn't match with header format",
    `the WAVE header says ${header.format} at ${header.sampleRate} Hz; leave encoding and rate out of the configuration`,
  );
}
