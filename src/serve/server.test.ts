import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Channel, ClientError, createChannel, createClient, Status } from "nice-grpc";
import { projectRoot } from "../../test/support/paths.ts";
import { createFakeRecognizer, fakeRepository } from "../../test/support/fake-recognizer.ts";
import { flacFile, pcm16, tone, wavFile } from "../../test/support/make-audio.ts";
import { isToolError } from "../errors/tool-error.ts";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "../gen/health_pb.ts";
import {
  type RecognitionConfigSchema,
  RivaSpeechRecognition,
  type StreamingRecognizeRequestSchema,
  type StreamingRecognizeResponse,
} from "../gen/riva_asr_pb.ts";
import { AudioEncoding } from "../gen/riva_audio_pb.ts";
import { writeRepository } from "../repository/write.ts";
import { defineGrpcService } from "./grpc/definition.ts";
import { HINT_TRAILER } from "./grpc/errors.ts";
import { type RunningServer, startServer } from "./server.ts";

const RATE = 16_000;
/** A second and a half of words, a pause, and another word; pieces are 100 ms. */
const SPEECH = tone([0.1, 0.2, 0, 0.3], 0.1, RATE);

const recognizer = createFakeRecognizer();
const repository = path.join(mkdtempSync(path.join(tmpdir(), "server-")), "models");
let server: RunningServer;
let channel: Channel;
const lines: string[] = [];
const errors: unknown[] = [];

const start = (options: { maxMessageBytes?: number; graceMs?: number } = {}) =>
  startServer({
    repository,
    rivaUri: "127.0.0.1:0",
    httpUri: "127.0.0.1:0",
    steps: [recognizer.step],
    log: (level, text, error) => {
      lines.push(`${level} ${text}`);
      if (error !== undefined) errors.push(error);
    },
    ...options,
  });

before(async () => {
  await writeRepository(
    repository,
    fakeRepository([
      { name: "asr-en-US-streaming", languageCode: "en-US", type: "online" },
      { name: "asr-en-US-offline", languageCode: "en-US", type: "offline" },
      {
        name: "asr-es-offline",
        languageCode: "es",
        type: "offline",
        sampleRate: 8000,
        chunkSeconds: 0.2,
      },
    ]),
    { force: false },
  );
  server = await start();
  channel = createChannel(server.rivaAddress, undefined, { "grpc.max_receive_message_length": -1 });
});

after(async () => {
  channel.close();
  await server.close();
  rmSync(path.dirname(repository), { recursive: true });
});

const asr = () => createClient(defineGrpcService(RivaSpeechRecognition), channel);
type Config = MessageInitShape<typeof RecognitionConfigSchema>;
type Message = MessageInitShape<typeof StreamingRecognizeRequestSchema>;

const first = (
  config: Config = { languageCode: "en-US" },
  interimResults = true,
  id = "",
): Message => ({
  streamingRequest: { case: "streamingConfig", value: { config, interimResults } },
  ...(id === "" ? {} : { id: { value: id } }),
});
const audio = (value: Uint8Array, more: Pick<Message, "id" | "runtimeConfig"> = {}): Message => ({
  streamingRequest: { case: "audioContent", value },
  ...more,
});

async function* each<T>(messages: readonly T[]): AsyncGenerator<T> {
  yield* messages;
}

async function stream(messages: readonly Message[]): Promise<StreamingRecognizeResponse[]> {
  const responses: StreamingRecognizeResponse[] = [];
  for await (const response of asr().streamingRecognize(each(messages))) responses.push(response);
  return responses;
}

/** `F:text` of finals and `P:text` of interim results, one list a response. */
const heard = (responses: readonly StreamingRecognizeResponse[]): string[][] =>
  responses.map(({ results }) =>
    results.map(
      ({ isFinal, alternatives }) => `${isFinal ? "F" : "P"}:${alternatives[0]?.transcript}`,
    ),
  );

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size));
  return parts;
}

async function refusal(action: Promise<unknown>): Promise<ClientError> {
  try {
    await action;
  } catch (error) {
    assert.ok(error instanceof ClientError, String(error));
    return error;
  }
  return assert.fail("it should have been refused");
}

test("a stream of 100 ms messages: one response each, finals on the way, one more at the end", async () => {
  const messages = cut(pcm16(SPEECH), 3200).map((part) => audio(part));
  const responses = await stream([first(), ...messages]);
  assert.deepEqual(heard(responses), [
    ["P:one"],
    ["P:one two"],
    ["F:one two "],
    ["P:three"],
    ["F:three "],
  ]);
  assert.equal(responses.length, messages.length + 1);
  const [interim] = responses[0]?.results ?? [];
  assert.ok(Math.abs((interim?.stability ?? 0) - 0.1) < 1e-6);
  assert.equal(interim?.alternatives[0]?.confidence, 0);
  const [final] = responses[2]?.results ?? [];
  assert.equal(final?.alternatives[0]?.confidence, -0.5);
  assert.deepEqual(final?.alternatives[0]?.words, []);
  assert.deepEqual(
    responses.map(({ results }) => results[0]?.audioProcessed.toFixed(2)),
    ["0.10", "0.20", "0.30", "0.40", "0.40"],
  );
  assert.deepEqual(recognizer.pieces.splice(0), [1600, 1600, 1600, 1600, 0]);
});

test("without interim results only finals come, yet every message is answered", async () => {
  const responses = await stream([
    first({ languageCode: "en-US", enableWordTimeOffsets: true }, false),
    ...cut(pcm16(SPEECH), 1000).map((part) => audio(part)),
  ]);
  assert.equal(responses.length, Math.ceil(SPEECH.length / 500) + 1);
  assert.deepEqual(heard(responses).flat(), ["F:one two ", "F:three "]);
  const words = responses.flatMap(({ results }) =>
    results.flatMap((result) => result.alternatives[0]?.words ?? []),
  );
  assert.deepEqual(
    words.map(({ word, startTime, endTime, confidence }) => [word, startTime, endTime, confidence]),
    [
      ["one", 0, 100, -0.25],
      ["two", 100, 200, -0.25],
      ["three", 300, 400, -0.25],
    ],
  );
});

test("a file with a header in one message, of another rate: all finals in one response", async () => {
  const file = wavFile(pcm16(tone([0.1, 0, 0.2, 0, 0.3], 0.2, 48_000)), {
    rate: 48_000,
    list: true,
  });
  const responses = await stream([first({ languageCode: "en-US" }), audio(file)]);
  assert.deepEqual(
    heard(responses)
      .flat()
      .filter((text) => text.startsWith("F")),
    ["F:one one ", "F:two two ", "F:three three "],
  );
  assert.ok(responses.length <= 2);
});

test("a stream without audio, one of silence, and one too short for a piece end well", async () => {
  assert.deepEqual(heard(await stream([first()])), []);
  assert.deepEqual(heard(await stream([first(), audio(new Uint8Array(9600))])), [[]]);
  assert.deepEqual(heard(await stream([first(), audio(pcm16(tone([0.4], 0.05, RATE)))])), [
    [],
    ["F:four "],
  ]);
  assert.deepEqual(heard(await stream([first(), audio(new Uint8Array(0))])), [[]]);
});

test("the request id is echoed, the newest one", async () => {
  const responses = await stream([
    first(undefined, true, "a"),
    audio(pcm16(SPEECH)),
    audio(new Uint8Array(2), { id: { value: "b" } }),
  ]);
  assert.deepEqual(
    responses.map(({ id }) => id?.value),
    ["a", "b", "b"],
  );
});

test("force_eou closes the utterance at once; later times do not count the silence put in", async () => {
  const half = pcm16(tone([0.1, 0.1, 0.2], 0.05, RATE));
  const responses = await stream([
    first({ languageCode: "en-US", enableWordTimeOffsets: true }),
    audio(half),
    { runtimeConfig: { force_eou: "true" } },
    audio(pcm16(tone([0.3], 0.1, RATE)), { runtimeConfig: { force_eou: "true" } }),
  ]);
  assert.deepEqual(heard(responses), [["P:one"], ["F:one two "], ["F:three "]]);
  const times = responses.flatMap(({ results }) =>
    results
      .filter(({ isFinal }) => isFinal)
      .flatMap((result) => result.alternatives[0]?.words ?? []),
  );
  assert.deepEqual(times.at(-1)?.startTime, 150);
});

test("endpointing and free configuration reach the model once", async () => {
  recognizer.configuration.splice(0);
  await stream([
    first({
      languageCode: "en-US",
      endpointingConfig: { stopHistory: 500, stopThreshold: 0.5 },
      customConfiguration: { key: "value" },
    }),
    ...cut(pcm16(SPEECH), 3200).map((part) => audio(part)),
  ]);
  assert.deepEqual(recognizer.configuration, [
    ["key", "value"],
    ["stop_history", "500"],
    ["stop_threshold", "0.5"],
  ]);
});

const protocolMistakes: readonly [string, readonly Message[], string][] = [
  ["nothing", [], "no messages received"],
  ["audio first", [audio(pcm16(SPEECH))], "first message must contain streaming_config"],
  [
    "second configuration",
    [first(), audio(pcm16(SPEECH)), first()],
    "streaming_config was already received",
  ],
  [
    "unknown language",
    [first({ languageCode: "ru-RU" })],
    "Error: Unavailable model requested. Lang: ru-RU, Type: online",
  ],
  [
    "unknown model",
    [first({ languageCode: "en-US", model: "nope" })],
    "Error: Unavailable model requested given these parameters: language_code=en-US; sample_rate=0; type=online; ",
  ],
  [
    "rate",
    [first({ languageCode: "en-US", sampleRateHertz: 100 })],
    "sample_rate_hertz must be between 8000 and 96000, or 0 (model rate/WAV header).",
  ],
  [
    "header",
    [
      first({ languageCode: "en-US", sampleRateHertz: 8000 }),
      audio(wavFile(pcm16(SPEECH), { rate: RATE })),
    ],
    "Error: config format doesn't match with header format",
  ],
];
for (const [name, messages, details] of protocolMistakes) {
  test(`stream refused: ${name}`, async () => {
    const error = await refusal(stream(messages));
    assert.deepEqual([error.code, error.details], [Status.INVALID_ARGUMENT, details]);
    await until(() => recognizer.open() === 0);
  });
}

async function until(claim: () => boolean): Promise<void> {
  for (let left = 200; !claim() && left > 0; left--) await sleep(10);
  assert.ok(claim(), "it did not happen within two seconds");
}

test("a client that goes away in the middle leaves no sequence behind", async () => {
  const abort = new AbortController();
  async function* endless(): AsyncGenerator<Message> {
    yield first();
    for (;;) {
      yield audio(pcm16(tone([0.1], 0.1, RATE)));
      await sleep(5);
    }
  }
  let count = 0;
  await assert.rejects(async () => {
    for await (const _ of asr().streamingRecognize(endless(), { signal: abort.signal })) {
      if (++count === 3) {
        assert.equal(recognizer.open(), 1);
        abort.abort();
      }
    }
  });
  await until(() => recognizer.open() === 0);
  assert.deepEqual(heard(await stream([first(), audio(pcm16(SPEECH))])).flat().length > 0, true);
});

test("Recognize: everything in one result, with words and echo", async () => {
  const response = await asr().recognize({
    config: { languageCode: "en-US", enableWordTimeOffsets: true, maxAlternatives: 3 },
    audio: wavFile(pcm16(SPEECH), { rate: RATE }),
    id: { value: "x" },
  });
  assert.equal(response.results.length, 1);
  const [result] = response.results;
  assert.equal(result?.alternatives[0]?.transcript, "one two three ");
  assert.deepEqual(
    result?.alternatives[0]?.words.map(({ word, startTime }) => [word, startTime]),
    [
      ["one", 0],
      ["two", 100],
      ["three", 300],
    ],
  );
  assert.equal(result?.channelTag, 1);
  assert.equal(result?.audioProcessed.toFixed(3), "0.400");
  assert.equal(response.id?.value, "x");
});

test("Recognize finds the model by language, base language and default; takes other encodings", async () => {
  const speech = pcm16(SPEECH);
  const transcript = async (config: Config, bytes: Uint8Array = speech) =>
    (await asr().recognize({ config, audio: bytes })).results[0]?.alternatives[0]?.transcript;
  assert.equal(await transcript({}), "one two three ");
  assert.equal(await transcript({ languageCode: "en" }), "one two three ");
  assert.equal(await transcript({ model: "asr-en-US-streaming" }), "one two three ");
  const flac = flacFile(
    Int16Array.from(SPEECH, (s) => s * 32767),
    RATE,
  );
  assert.equal(
    await transcript({ encoding: AudioEncoding.FLAC, sampleRateHertz: RATE }, flac),
    "one two three ",
  );
  const spanish = pcm16(tone([0.5, 0.5, 0], 0.2, 8000));
  assert.equal(
    await transcript({ languageCode: "es-US", sampleRateHertz: 8000 }, spanish),
    "five five ",
  );
  assert.equal(
    await transcript({}, new Uint8Array(6400)),
    "",
    "an alternative even without speech",
  );
  recognizer.pieces.splice(0);
});

test("Recognize refuses in Riva's words, with a hint in the trailer", async () => {
  const trailers: string[] = [];
  const ask = (config: Config, bytes: Uint8Array) =>
    refusal(
      asr().recognize(
        { config, audio: bytes },
        { onTrailer: (trailer) => trailers.push(trailer.get(HINT_TRAILER) ?? "") },
      ),
    );
  const language = await ask({ languageCode: "ru-RU" }, pcm16(SPEECH));
  assert.deepEqual(
    [language.code, language.details],
    [Status.INVALID_ARGUMENT, "Error: Unavailable model requested. Lang: ru-RU, Type: offline"],
  );
  assert.match(trailers[0] ?? "", /asr-en-US-offline \(en-US, offline\)/);
  assert.equal((await ask({ languageCode: "en-US" }, new Uint8Array(0))).details, "empty audio");
  const bad = Buffer.concat([Buffer.from("fLaC"), Buffer.alloc(200, 7)]);
  assert.equal((await ask({ languageCode: "en-US" }, bad)).code, Status.INVALID_ARGUMENT);
  await until(() => recognizer.open() === 0);
});

test("a bug of ours is logged with its stack and hidden from the client", async () => {
  errors.splice(0);
  const config = { customConfiguration: { crash: "1" } };
  const error = await refusal(asr().recognize({ config, audio: pcm16(SPEECH) }));
  assert.equal(error.code, Status.INTERNAL);
  assert.doesNotMatch(error.details, /secret/);
  assert.match((errors[0] as Error).stack ?? "", /fake-recognizer/);
  await until(() => recognizer.open() === 0);
});

test("messages beyond gRPC's usual 4 MiB are taken, beyond our limit refused", async () => {
  const long = wavFile(new Uint8Array(6 * 1024 * 1024), { rate: RATE });
  const { results } = await asr().recognize({ config: {}, audio: long });
  assert.ok(Math.abs((results[0]?.audioProcessed ?? 0) - 196.6) < 0.1);
  const small = await start({ maxMessageBytes: 1000 });
  const other = createChannel(small.rivaAddress);
  const client = createClient(defineGrpcService(RivaSpeechRecognition), other);
  const error = await refusal(client.recognize({ config: {}, audio: new Uint8Array(2000) }));
  assert.equal(error.code, Status.RESOURCE_EXHAUSTED);
  other.close();
  await small.close();
});

test("the config RPC lists models with the parameters that clients look up", async () => {
  const all = await asr().getRivaSpeechRecognitionConfig({});
  assert.deepEqual(
    all.modelConfig.map(({ modelName, parameters }) => [
      modelName,
      parameters["type"],
      parameters["language_code"],
      parameters["sample_rate"],
      parameters["streaming"],
    ]),
    [
      ["asr-en-US-offline", "offline", "en-US", "16000", "False"],
      ["asr-en-US-streaming", "online", "en-US", "16000", "True"],
      ["asr-es-offline", "offline", "es", "8000", "False"],
    ],
  );
  const one = await asr().getRivaSpeechRecognitionConfig({ modelName: "asr-es-offline" });
  assert.equal(one.modelConfig.length, 1);
  assert.equal(
    (await asr().getRivaSpeechRecognitionConfig({ modelName: "no" })).modelConfig.length,
    0,
  );
});

/** What buf's client finds by reflection; in a process of its own, for ours has to answer. */
async function reflectedServices(address: string): Promise<string[]> {
  const buf = path.join(projectRoot, "node_modules/.bin/buf");
  const options = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "--list-services"];
  const { stdout } = await promisify(execFile)(buf, [...options, `http://${address}`]);
  return stdout.trim().split("\n");
}

test("health, reflection, HTTP health and metrics", async () => {
  const health = createClient(defineGrpcService(Health), channel);
  assert.equal((await health.check({})).status, ServingStatus.SERVING);
  assert.equal(
    (await health.check({ service: "nvidia.riva.asr.RivaSpeechRecognition" })).status,
    ServingStatus.SERVING,
  );
  assert.equal((await refusal(health.check({ service: "x" }))).code, Status.NOT_FOUND);
  assert.deepEqual(await reflectedServices(server.rivaAddress), [
    "grpc.health.v1.Health",
    "nvidia.riva.asr.RivaSpeechRecognition",
    "nvidia.riva.nlp.RivaLanguageUnderstanding",
    "nvidia.riva.tts.RivaSpeechSynthesis",
  ]);
  const get = (where: string) => fetch(`http://${server.httpAddress}${where}`);
  assert.deepEqual(await (await get("/v1/health/ready")).json(), { status: "ready" });
  for (const where of ["/v1/health/live", "/v2/health/ready", "/v2/health/live"])
    assert.equal((await get(where)).status, 200);
  assert.equal((await get("/nope")).status, 404);
  const metrics = await (await get("/metrics")).text();
  assert.match(
    metrics,
    /riva_requests_total\{method="\/nvidia\.riva\.asr\.RivaSpeechRecognition\/Recognize",code="OK"\} [1-9]/,
  );
  assert.match(metrics, /code="INVALID_ARGUMENT"\} [1-9]/);
  assert.match(metrics, /riva_open_streams\{[^}]*StreamingRecognize"\} 0/);
  assert.match(
    metrics,
    /nv_inference_request_success\{model="asr-en-US-streaming",version="1"\} [1-9]/,
  );
  assert.match(metrics, /nodejs_eventloop_lag_seconds/);
  assert.ok(lines.includes("INFO Using model asr-en-US-streaming for inference"));
  assert.ok(
    lines.some((line) => /performing streaming recognition with sequence id: \d+/.test(line)),
  );
});

test("stopping: watchers hear of it, calls may finish, then nothing answers", async () => {
  const second = await start({ graceMs: 5000 });
  const own = createChannel(second.rivaAddress);
  const watched: number[] = [];
  const watching = (async () => {
    for await (const { status } of createClient(defineGrpcService(Health), own).watch({}))
      watched.push(status);
  })();
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  async function* slow(): AsyncGenerator<Message> {
    yield first();
    yield audio(pcm16(tone([0.1], 0.1, RATE)));
    await held;
    yield audio(pcm16(tone([0.2], 0.1, RATE)));
  }
  const responses: StreamingRecognizeResponse[] = [];
  const streaming = (async () => {
    const client = createClient(defineGrpcService(RivaSpeechRecognition), own);
    for await (const response of client.streamingRecognize(slow())) responses.push(response);
  })();
  await until(() => responses.length === 1 && watched.length === 1);
  const closed = second.close();
  await until(() => watched.length === 2);
  release();
  await Promise.all([streaming, watching, closed, second.stopped]);
  assert.deepEqual(watched, [ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
  assert.deepEqual(heard(responses).at(-1), ["F:one two "]);
  own.close();
  await assert.rejects(fetch(`http://${second.httpAddress}/v1/health/live`));
});

test("an address in use and a bad address are told, and nothing stays", async () => {
  const options = { repository, steps: [recognizer.step], httpUri: "127.0.0.1:0" };
  await assert.rejects(startServer({ ...options, rivaUri: server.rivaAddress }), (error: unknown) =>
    isToolError(error, "UNAVAILABLE"),
  );
  await assert.rejects(startServer({ ...options, rivaUri: "nonsense" }), (error: unknown) =>
    isToolError(error, "USAGE"),
  );
});

test("many streams at a time keep their words apart", async () => {
  const words = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
  const all = await Promise.all(
    words.map((_, n) =>
      stream([
        first({ languageCode: "en-US" }, false),
        ...cut(pcm16(tone([(n + 1) / 10, (n + 1) / 10, 0], 0.1, RATE)), 640).map((part) =>
          audio(part),
        ),
      ]),
    ),
  );
  assert.deepEqual(
    all.map((responses) => heard(responses).flat()),
    words.map((word) => [`F:${word} ${word} `]),
  );
});
