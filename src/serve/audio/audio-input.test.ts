import assert from "node:assert/strict";
import { test } from "node:test";
import {
  flacFile,
  OPUS_PRE_SKIP,
  pcm16,
  silentOpusFile,
  tone,
  wavFile,
} from "../../../test/support/make-audio.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { AudioEncoding } from "../../gen/riva_audio_pb.ts";
import { type DeclaredAudio, openAudioInput } from "./audio-input.ts";

const NOTHING: DeclaredAudio = { encoding: 0, sampleRateHertz: 0, audioChannelCount: 0 };
const RATE = 16_000;

/** Pushes the bytes in messages of `size` and collects all samples. */
async function read(bytes: Uint8Array, declared = NOTHING, size = 777): Promise<Float32Array> {
  const input = openAudioInput(declared, RATE);
  const samples: number[] = [];
  try {
    for (let start = 0; start < bytes.length; start += size) {
      for await (const part of input.push(bytes.subarray(start, start + size)))
        samples.push(...part);
    }
    for await (const part of input.finish()) samples.push(...part);
  } finally {
    input.close();
  }
  return Float32Array.from(samples);
}

const peak = (samples: Float32Array): number =>
  samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

const quarter = tone([0.5], 0.25, RATE);
const mulaw = Uint8Array.from({ length: 2000 }, (_, n) => (n % 2 === 0 ? 0x80 : 0x00));
const cases: readonly [string, Uint8Array, Partial<DeclaredAudio>, number, number][] = [
  ["WAVE, nothing declared", wavFile(pcm16(quarter), { rate: RATE }), {}, 4000, 0.5],
  ["WAVE with a LIST chunk", wavFile(pcm16(quarter), { rate: RATE, list: true }), {}, 4000, 0.5],
  [
    "WAVE, declared alike",
    wavFile(pcm16(quarter), { rate: RATE }),
    { encoding: AudioEncoding.LINEAR_PCM, sampleRateHertz: RATE },
    4000,
    0.5,
  ],
  ["WAVE of 48 kHz", wavFile(pcm16(tone([0.5], 0.25, 48_000)), { rate: 48_000 }), {}, 4000, 0.5],
  [
    "stereo WAVE: the first channel",
    wavFile(pcm16(quarter, 2), { rate: RATE, channels: 2 }),
    { audioChannelCount: 1 },
    4000,
    0.5,
  ],
  [
    "mu-law WAVE of 8 kHz",
    wavFile(mulaw, { rate: 8000, format: 7, bits: 8 }),
    { encoding: AudioEncoding.MULAW },
    4000,
    0,
  ],
  ["headerless, nothing declared", pcm16(quarter), {}, 4000, 0.5],
  [
    "headerless, 8 channels",
    pcm16(quarter, 8),
    { encoding: AudioEncoding.LINEAR_PCM, audioChannelCount: 8 },
    4000,
    0.5,
  ],
  [
    "headerless, half a sample too much",
    Buffer.concat([pcm16(quarter), Buffer.from([1])]),
    {},
    4000,
    0.5,
  ],
  ["headerless A-law", new Uint8Array(4000).fill(0xd5), { encoding: AudioEncoding.ALAW }, 4000, 0],
  ["three bytes in all", Uint8Array.of(0, 0x40, 1), {}, 1, 0.5],
  [
    "FLAC, whatever is declared",
    flacFile(
      Int16Array.from(quarter, (s) => s * 32767),
      RATE,
    ),
    { encoding: AudioEncoding.FLAC, sampleRateHertz: 16_000 },
    4000,
    0.5,
  ],
  [
    "FLAC of 8 kHz",
    flacFile(
      Int16Array.from(tone([0.5], 0.25, 8000), (s) => s * 32767),
      8000,
    ),
    {},
    4000,
    0.5,
  ],
];

for (const [name, bytes, declared, length, level] of cases) {
  test(`${name}: the same however it is cut`, async () => {
    for (const size of [1 << 20, 777, 5]) {
      const samples = await read(bytes, { ...NOTHING, ...declared }, size);
      assert.equal(samples.length, length, `messages of ${size}`);
      if (level > 0) assert.ok(Math.abs(peak(samples) - level) < 0.02, `${peak(samples)}`);
    }
  });
}

test("Ogg Opus: without pre-skip and end padding, however it is cut", async () => {
  for (const [end, expected] of [
    [50 * 960, (50 * 960 - OPUS_PRE_SKIP) / 3],
    [50 * 960 - 600, (50 * 960 - 600 - OPUS_PRE_SKIP) / 3],
  ] as const) {
    for (const size of [1 << 20, 100, 7]) {
      const samples = await read(
        silentOpusFile(50, end),
        { ...NOTHING, encoding: AudioEncoding.OGGOPUS },
        size,
      );
      assert.equal(samples.length, Math.ceil(expected), `messages of ${size}`);
    }
  }
});

test("float WAVE with NaN and infinity stays within what can be played", async () => {
  const values = Float32Array.of(NaN, Infinity, -Infinity, 0.25);
  const bytes = wavFile(new Uint8Array(values.buffer), { rate: RATE, format: 3, bits: 32 });
  assert.deepEqual([...(await read(bytes))], [0, 1, -1, 0.25]);
});

const flac = flacFile(
  Int16Array.from(quarter, (s) => s * 32767),
  RATE,
);
const damaged = Uint8Array.from(flac, (byte, at) => (at > 60 && at % 7 === 0 ? byte ^ 0x55 : byte));
const wav = wavFile(pcm16(quarter), { rate: RATE });
const refused: readonly [string, Uint8Array, Partial<DeclaredAudio>, RegExp][] = [
  ["0 Hz", wavFile(pcm16(quarter), { rate: 0 }), {}, /0 Hz/],
  ["rate of the header impossible", wavFile(pcm16(quarter), { rate: 1000 }), {}, /1000 Hz/],
  [
    "rate contradicts the header",
    wav,
    { sampleRateHertz: 8000 },
    /^Error: config format doesn't match with header format$/,
  ],
  [
    "encoding contradicts the header",
    wav,
    { encoding: AudioEncoding.MULAW },
    /^Error: config format doesn't match with header format$/,
  ],
  [
    "declared rate too low",
    wav,
    { sampleRateHertz: 10 },
    /^sample_rate_hertz must be between 8000 and 96000, or 0 \(model rate\/WAV header\)\.$/,
  ],
  ["negative rate", wav, { sampleRateHertz: -16_000 }, /sample_rate_hertz must be/],
  ["channels", wav, { audioChannelCount: 1000 }, /audio_channel_count is 1000/],
  ["unknown encoding", wav, { encoding: 17 as AudioEncoding }, /encoding 17/],
  ["no FLAC", pcm16(quarter), { encoding: AudioEncoding.FLAC }, /declared as FLAC/],
  ["damaged FLAC", damaged, {}, /flac: the audio is damaged/],
  ["FLAC cut in its header", flac.subarray(0, 30), {}, /flac: the audio ends within its header/],
  ["WAVE cut in its header", wav.subarray(0, 20), {}, /ends within its WAVE header/],
  ["no Opus", pcm16(quarter), { encoding: AudioEncoding.OGGOPUS }, /declared as OGGOPUS/],
  [
    "Opus with a damaged page",
    silentOpusFile(50).map((byte, at) => (at === 300 ? byte ^ 1 : byte)),
    {},
    /ogg: the checksum/,
  ],
  ["Ogg without Opus", Buffer.concat([Buffer.from("OggS"), Buffer.alloc(100)]), {}, /ogg/],
];

for (const [name, bytes, declared, message] of refused) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(read(bytes, { ...NOTHING, ...declared }), (error: unknown) => {
      assert.ok(isToolError(error, "INVALID_REQUEST"), String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}
