/** NVIDIA's own Python client against our speech synthesis: talk.py's calls, and what users get wrong. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type RunningServer, startServer } from "../../src/serve/server.ts";
import { projectRoot } from "../support/paths.ts";
import { pythonEnvironment } from "../support/python-env.ts";
import { deployVoice, VOICE_NAME, VOICE_RATE } from "../support/voice.ts";

const environment = pythonEnvironment({
  name: "riva-client",
  requirements: "test/conformance/requirements-riva-client.txt",
});
const skip = environment.skip;

interface Speech {
  readonly audio: string;
  readonly text: string;
  readonly processed_text: string;
  readonly durations: readonly number[];
}
interface Online {
  readonly responses: readonly Speech[];
  readonly first: number;
  readonly all: number;
}
interface Failure {
  readonly code: string;
  readonly details: string;
}
interface Answer {
  readonly ok?: unknown;
  readonly error?: Failure;
}

let folder: string;
let server: RunningServer;

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(path.join(tmpdir(), "riva-tts-client-"));
  const repository = await deployVoice(folder);
  server = await startServer({ repository, rivaUri: "127.0.0.1:0", httpUri: "127.0.0.1:0" });
});

after(async () => {
  if (skip !== false) return;
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function callClient(calls: readonly object[]): Promise<Answer[]> {
  const request = path.join(folder, "request.json");
  writeFileSync(request, JSON.stringify(calls));
  const script = path.join(projectRoot, "test/conformance/riva_tts_client.py");
  const { stdout } = await promisify(execFile)(
    environment.python as string,
    [script, server.rivaAddress, request],
    { timeout: 120_000, maxBuffer: 1 << 28 },
  );
  return JSON.parse(stdout) as Answer[];
}

async function ok<T>(...calls: object[]): Promise<T[]> {
  return (await callClient(calls)).map(({ ok: value, error }) => {
    assert.equal(error, undefined);
    return value as T;
  });
}

const bytes = ({ audio }: Speech): Buffer => Buffer.from(audio, "base64");
const samples = (speech: Speech): Int16Array => {
  const raw = Uint8Array.from(bytes(speech));
  return new Int16Array(raw.buffer);
};

const TEXT = "Hello, and welcome to the speech demonstration. It costs $12.50 today!";

test("Synthesize: samples at the rate that is asked for, and its metadata", { skip }, async () => {
  const rates = [0, 8000, 16000, 44100, 48000];
  const answers = await ok<Speech>(
    ...rates.map((rate) => ({ call: "synthesize", text: TEXT, sample_rate: rate })),
  );
  const seconds = answers.map((speech, i) => samples(speech).length / (rates[i] || VOICE_RATE));
  for (const value of seconds) assert.ok(Math.abs(value - (seconds[0] ?? 0)) < 0.001, `${value}`);
  assert.ok((seconds[0] ?? 0) > 4);
  for (const { text, processed_text, durations } of answers) {
    assert.equal(text, TEXT);
    assert.match(processed_text, /twelve dollars and fifty cents today!$/);
    assert.ok(durations.length > 60 && durations.every((frames) => frames >= 0));
  }
});

test("SynthesizeOnline: the same audio in pieces of at most a second", { skip }, async () => {
  const [whole] = await ok<Speech>({ call: "synthesize", text: TEXT, sample_rate: 0 });
  const [streamed] = await ok<Online>({ call: "online", text: TEXT, sample_rate: 0 });
  const { responses } = streamed as Online;
  const pieces = responses.map(samples);
  assert.ok(pieces.length > 4);
  assert.ok(pieces.every(({ length }) => length <= VOICE_RATE));
  const joined = Int16Array.from(pieces.flatMap((piece) => [...piece]));
  const expected = samples(whole as Speech);
  assert.equal(joined.length, expected.length);
  assert.ok(expected.every((sample, i) => Math.abs(sample - (joined[i] as number)) <= 1));
  const texts = responses.map(({ processed_text }) => processed_text).filter(Boolean);
  assert.equal(texts.join(" "), whole?.processed_text);
});

test("SynthesizeOnline: several requests on one stream, in their order", { skip }, async () => {
  const lines = ["One.", "Number two.", "And this is the third line."];
  const [all] = await ok<Online>({ call: "online", text: lines, sample_rate: 0 });
  const single = await ok<Online>(
    ...lines.map((text) => ({ call: "online", text, sample_rate: 0 })),
  );
  const join = ({ responses }: Online): string =>
    Buffer.concat(responses.map(bytes)).toString("hex");
  assert.equal(join(all as Online), single.map(join).join(""));
  const [old] = await ok<number[]>({ call: "old_client", text: "Number two." });
  const sizes = single[1]?.responses.map((speech) => bytes(speech).length);
  assert.deepEqual(old, sizes, "clients from before the stream of requests");
});

test("OGGOPUS: packets behind their lengths that decode to the speech", { skip }, async () => {
  const { OpusDecoder } = await import("opus-decoder");
  const [plain, ...packed] = await ok<Speech>(
    { call: "synthesize", text: TEXT, sample_rate: 48000 },
    { call: "synthesize", text: TEXT, sample_rate: 48000, encoding: "OGGOPUS" },
    { call: "synthesize", text: TEXT, sample_rate: 44100, encoding: "OGGOPUS" },
    { call: "synthesize", text: TEXT, sample_rate: 22050, encoding: "OGGOPUS" },
  );
  const [streamed] = await ok<Online>({
    call: "online",
    text: TEXT,
    sample_rate: 48000,
    encoding: "OGGOPUS",
  });
  const online = Buffer.concat((streamed as Online).responses.map(bytes));
  const reference = samples(plain as Speech);
  for (const [i, data] of [...packed.map(bytes), online].entries()) {
    const packets: Uint8Array[] = [];
    for (let at = 0; at < data.length;) {
      const size = data.readInt32LE(at);
      packets.push(data.subarray(at + 4, at + 4 + size));
      at += 4 + size;
    }
    assert.ok(packets.every(({ length }) => length > 0 && length < 1276));
    const decoder = new OpusDecoder({ channels: 1 });
    await decoder.ready;
    const { channelData, errors } = decoder.decodeFrames(packets);
    decoder.free();
    assert.deepEqual(errors, []);
    const audio = channelData[0] as Float32Array;
    assert.ok(Math.abs(audio.length - reference.length) <= 960 * 2, `${i}: ${audio.length}`);
    assert.ok(correlation(audio, reference) > 0.9, `${i}: ${correlation(audio, reference)}`);
  }
});

/** Of the loudness in steps of 20 ms, which the codec's delay does not disturb. */
function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const loudness = (x: ArrayLike<number>): number[] =>
    Array.from({ length: Math.floor(Math.min(a.length, b.length) / 960) }, (_, step) => {
      let sum = 0;
      for (let i = 0; i < 960; i++) sum += Math.abs(x[step * 960 + i] as number);
      return sum;
    });
  const [x, y] = [loudness(a), loudness(b)];
  const mean = (values: number[]): number => values.reduce((s, v) => s + v, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const dot = (u: number[], mu: number, v: number[], mv: number): number =>
    u.reduce((sum, value, i) => sum + (value - mu) * ((v[i] as number) - mv), 0);
  return dot(x, mx, y, my) / Math.sqrt(dot(x, mx, x, mx) * dot(y, my, y, my));
}

test("SSML: rate, volume, pitch, pauses, phonemes; what is no SSML is read", { skip }, async () => {
  const speech = async (text: string, more: object = {}): Promise<Speech> =>
    (await ok<Speech>({ call: "synthesize", text, sample_rate: 0, ...more }))[0] as Speech;
  const plain = await speech("The second word is very small.");
  const length = samples(plain).length;
  const inside = (attributes: string): string =>
    `<speak><prosody ${attributes}>The second word is very small.</prosody></speak>`;
  const fast = samples(await speech(inside('rate="200%"'))).length;
  assert.ok(fast < 0.6 * length && fast > 0.4 * length, `${fast} of ${length}`);
  const level = (speech: Speech): number =>
    Math.sqrt(samples(speech).reduce((sum, value) => sum + value * value, 0) / length);
  const quiet = level(await speech(inside('volume="-6dB"'))) / level(plain);
  assert.ok(Math.abs(quiet - 10 ** (-6 / 20)) < 0.01, `${quiet}`);
  const higher = await speech(inside('pitch="2"'));
  assert.notDeepEqual(bytes(higher), bytes(plain));
  const paused = await speech(`<speak>The second word is very small.<break time="700ms"/></speak>`);
  assert.equal(samples(paused).length - length, Math.round(0.7 * VOICE_RATE));
  assert.deepEqual(bytes(await speech(inside('rate="100%"'))), bytes(plain));
  const spelt = await speech(
    '<speak><phoneme alphabet="x-arpabet" ph="{@HH}{@AH0}{@L}{@OW1}">x</phoneme></speak>',
  );
  assert.deepEqual(spelt.durations, (await speech("hello")).durations);
  const custom = await speech("kubernetes", { dictionary: { kubernetes: "HH AH0 L OW1" } });
  assert.deepEqual(custom.durations, (await speech("hello")).durations);
  assert.match((await speech("<speak>a < b</speak>")).processed_text, /speak/);
});

test("voices: listed for talk.py, found by any of their names", { skip }, async () => {
  assert.deepEqual(await ok({ call: "voices" }), [{ "en-US": [VOICE_NAME] }]);
  const names = [VOICE_NAME, "English-US-Female-1", "English-US", "", undefined];
  await ok(...names.map((voice) => ({ call: "synthesize", text: "a", voice })));
  await ok({ call: "synthesize", text: "a", language_code: "en" });
  await ok({ call: "synthesize", text: "a", language_code: "", voice: VOICE_NAME });
});

const INVALID = "INVALID_ARGUMENT";

test(
  "what users get wrong is answered, in Riva's words where they are known",
  { skip },
  async () => {
    const cases: [object, string, string | RegExp][] = [
      [
        { text: "a", voice: "foo" },
        INVALID,
        "Model is not available on server: Voice foo for language en-US not found. Please specify the voice name in your SynthesizeSpeechRequest.",
      ],
      [
        { text: "a", language_code: "ru-RU" },
        INVALID,
        "Model is not available on server: Voice  for language ru-RU not found.",
      ],
      [{ text: "" }, INVALID, "empty text"],
      [{ text: "  \n" }, INVALID, "empty text"],
      [{ text: "a", encoding: "MULAW" }, INVALID, /Only LINEAR_PCM and OGGOPUS/],
      [{ text: "a", sample_rate: 7999 }, INVALID, /between 8000 and 96000/],
      [{ text: "a", sample_rate: -1 }, INVALID, /between 8000 and 96000/],
      [
        { text: "a", configuration: { speed: 2 } },
        INVALID,
        "Unsupported custom_configuration key: speed",
      ],
      [
        { text: '<speak><prosody rate="1000%">a</prosody></speak>' },
        INVALID,
        /expected rate 25% to 250%/,
      ],
      [{ text: '<speak><prosody pitch="9">a</prosody></speak>' }, INVALID, /expected pitch/],
      [{ text: '<speak><phoneme alphabet="ipa" ph="a">a</phoneme></speak>' }, INVALID, /x-arpabet/],
      [{ text: "a", dictionary: { a: "QQ" } }, INVALID, /QQ/],
      [{ text: "a", repeat: 100_001 }, "RESOURCE_EXHAUSTED", /100001 characters/],
      [{ call: "zero_shot" }, INVALID, /Zero-shot/],
    ];
    const answers = await callClient(cases.map(([call]) => ({ call: "synthesize", ...call })));
    for (const [n, [call, code, details]] of cases.entries()) {
      const { error } = answers[n] as Answer;
      const what = JSON.stringify(call).slice(0, 80);
      assert.equal(error?.code, code, what);
      if (typeof details === "string") assert.equal(error?.details, details, what);
      else assert.match(error?.details ?? "", details, what);
    }
  },
);

test("odd texts are spoken as far as they can be", { skip }, async () => {
  const quiet = await ok<Speech>(
    ...["...", "!?!", "😀", "<speak/>"].map((text) => ({ call: "synthesize", text })),
  );
  for (const { audio, durations } of quiet) {
    assert.equal(audio, "");
    assert.deepEqual(durations, [0]);
  }
  const [silentStream] = await ok<Online>({ call: "online", text: "…" });
  assert.equal((silentStream as Online).responses.length, 1);
  const [emoji, digits] = await ok<Speech>(
    { call: "synthesize", text: "Well 😀 done.", sample_rate: 0 },
    { call: "synthesize", text: "9".repeat(40), sample_rate: 0 },
  );
  assert.ok(samples(emoji as Speech).length > VOICE_RATE / 2);
  assert.ok(samples(digits as Speech).length > 5 * VOICE_RATE);
});

test(
  "50,000 characters: the first audio comes at once, and a client may leave",
  { skip },
  async () => {
    const [size, speech] = await ok<number | Online>(
      { call: "cancel", text: "The train leaves the station at noon. ", repeat: 1316 },
      { call: "online", text: "Still here.", sample_rate: 0 },
    );
    assert.ok((size as number) > 1000);
    assert.ok((speech as Online).responses.length > 0, "the server goes on");
  },
);
