/**
 * What does serving cost over inference, and how fast are streams answered?
 * (1) Offline: seconds of audio per second through the Riva API, against `session.run` of the
 *     same two graphs on the same recordings, in turn. Aim: ratio at least 0.95 for a network of
 *     real size (121 M random parameters); the demonstration models are so small that a request
 *     costs as much as their inference.
 * (2) Streaming in real time at 1, 8 and 32 streams: time from sending a chunk to its answer, and
 *     how late the server's event loop was (aim: at most 10 ms at the 99th percentile).
 * (3) Memory per open stream.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as ort from "onnxruntime-node";
import { connectRiva, type RivaClient } from "../src/cli/riva-client.ts";
import { createWavReader } from "../src/audio/wav.ts";
import {
  buildDemoRepository,
  demoAudio,
  type DemoModel,
  OFFLINE,
  readReference,
  STREAMING,
} from "../test/support/demo-pipeline.ts";
import { runBinOk } from "../test/support/bins.ts";
import { fastConformerConfig, fastConformerParameters, LARGE } from "./support/fast-conformer.ts";
import { median, percentile, printTable } from "./support/measure.ts";
import { writeRandomNemo } from "./support/random-checkpoint.ts";
import { startMeasuredServer } from "./support/measured-server.ts";

const MODELS: readonly DemoModel[] = ["quartznet", "fastconformer"];
const ROUNDS = 3;
const IN_FLIGHT = 4;
const STREAM_COUNTS = [1, 8, 32];
const STREAM_SECONDS = 20;
const CHUNK_MS = 160;
const CHUNK_BYTES = (16_000 * 2 * CHUNK_MS) / 1000;
const IDLE_STREAMS = 256;

interface Recording {
  readonly bytes: Uint8Array;
  readonly samples: Float32Array;
}

const recordings: readonly Recording[] = readReference(demoAudio, "reference-quartznet.jsonl").map(
  ({ audio }) => {
    const bytes = new Uint8Array(readFileSync(audio));
    const reader = createWavReader();
    const samples = reader.push(bytes);
    reader.end();
    return { bytes, samples };
  },
);
const audioSeconds = recordings.reduce((sum, { samples }) => sum + samples.length / 16_000, 0);

async function rawSessions(
  repository: string,
  name: string,
): Promise<(recording: Recording) => Promise<void>> {
  const load = (model: string) =>
    ort.InferenceSession.create(path.join(repository, model, "1/model.onnx"));
  const featurizer = await load(`${name}-feature-extractor-offline`);
  const network = await load(`riva-onnx-${name}-am-offline`);
  return async ({ samples }) => {
    const length = new ort.Tensor("int64", BigInt64Array.of(BigInt(samples.length)), [1]);
    const audio = new ort.Tensor("float32", samples, [1, samples.length]);
    const { AUDIO_FEATURES, FEATURES_LENGTH } = await featurizer.run({
      AUDIO_SIGNAL: audio,
      AUDIO_LENGTH: length,
    });
    await network.run({
      audio_signal: AUDIO_FEATURES as ort.Tensor,
      length: FEATURES_LENGTH as ort.Tensor,
    });
  };
}

/** Seconds of audio per second over all recordings, `inFlight` at a time. */
async function rate(
  run: (recording: Recording) => Promise<unknown>,
  inFlight: number,
): Promise<number> {
  const waiting = [...recordings];
  const started = performance.now();
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await run(next);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (1000 * audioSeconds) / (performance.now() - started);
}

async function benchOffline(client: RivaClient, repository: string): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const model of [...MODELS, "large"]) {
    const raw = await rawSessions(repository, `${model}-offline`);
    const served = ({ bytes }: Recording) =>
      client.recognize(bytes, { model: `${model}-offline`, languageCode: "en-US" });
    await rate(raw, 1);
    await rate(served, IN_FLIGHT);
    const rounds: { raw: number; one: number; many: number }[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      rounds.push({
        raw: await rate(raw, 1),
        one: await rate(served, 1),
        many: await rate(served, IN_FLIGHT),
      });
    }
    const pick = (key: "raw" | "one" | "many"): number => median(rounds.map((round) => round[key]));
    const ratio = (key: "one" | "many"): string =>
      median(rounds.map((round) => round[key] / round.raw)).toFixed(2);
    rows.push([model, pick("raw"), pick("one"), ratio("one"), pick("many"), ratio("many")]);
  }
  console.log(
    `(1) offline, seconds of audio per second, ${recordings.length} recordings, median of ${ROUNDS}`,
  );
  printTable(
    ["model", "session.run", "1 request", "ratio", `${IN_FLIGHT} requests`, "ratio"],
    rows,
  );
}

/** Speech without end: the recordings one after the other. */
function* endlessChunks(): Generator<Uint8Array> {
  const speech = Buffer.concat(recordings.map(({ bytes }) => bytes.subarray(44)));
  for (let start = 0; ; start = (start + CHUNK_BYTES) % (speech.length - CHUNK_BYTES)) {
    yield speech.subarray(start, start + CHUNK_BYTES);
  }
}

async function stream(
  client: RivaClient,
  model: string,
  chunkCount: number,
  delayMs: number,
): Promise<number[]> {
  const sentAt: number[] = [];
  const latencies: number[] = [];
  async function* paced(): AsyncGenerator<Uint8Array> {
    const chunks = endlessChunks();
    const started = performance.now() + delayMs;
    for (let i = 0; i < chunkCount; i++) {
      const due = started + i * CHUNK_MS - performance.now();
      if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
      sentAt.push(performance.now());
      yield chunks.next().value as Uint8Array;
    }
  }
  let answers = 0;
  const config = { model, languageCode: "en-US", encoding: 1, sampleRateHertz: 16_000 } as const;
  for await (const _ of client.streamingRecognize(paced(), config, true)) {
    // the one after the last chunk is the answer to the end of the stream
    if (answers < chunkCount) latencies.push(performance.now() - (sentAt[answers] as number));
    answers++;
  }
  return latencies;
}

async function benchStreaming(
  client: RivaClient,
  report: () => Promise<{ p99Ms: number }>,
): Promise<void> {
  const chunkCount = (STREAM_SECONDS * 1000) / CHUNK_MS;
  const rows: (string | number)[][] = [];
  for (const model of MODELS) {
    await stream(client, `${model}-streaming`, 20, 0);
    for (const count of STREAM_COUNTS) {
      await report();
      const streams = Array.from({ length: count }, (_, i) =>
        stream(client, `${model}-streaming`, chunkCount, (i * CHUNK_MS) / count),
      );
      const latencies = (await Promise.all(streams)).flat();
      const { p99Ms } = await report();
      rows.push([
        model,
        count,
        percentile(latencies, 0.5),
        percentile(latencies, 0.99),
        latencies.length,
        p99Ms,
      ]);
    }
  }
  console.log(
    `(2) streaming in real time, chunks of ${CHUNK_MS} ms, milliseconds from chunk to answer`,
  );
  printTable(["model", "streams", "p50", "p99", "answers", "event loop p99 late"], rows);
}

/** Streams that have sent five seconds and stay open. */
async function benchMemory(
  client: RivaClient,
  report: () => Promise<{ rssBytes: number }>,
): Promise<void> {
  const before = await report();
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const chunks = endlessChunks();
    for (let i = 0; i < 32; i++) yield chunks.next().value as Uint8Array;
    await held;
  }
  const config = {
    model: "quartznet-streaming",
    languageCode: "en-US",
    encoding: 1,
    sampleRateHertz: 16_000,
  } as const;
  let reached = 0;
  const open = Array.from({ length: IDLE_STREAMS }, async () => {
    let answers = 0;
    for await (const _ of client.streamingRecognize(pieces(), config, false))
      if (++answers === 32) reached++;
  });
  while (reached < IDLE_STREAMS) await new Promise((resolve) => setTimeout(resolve, 100));
  const during = await report();
  release();
  await Promise.all(open);
  const perStream = (during.rssBytes - before.rssBytes) / IDLE_STREAMS / 1e6;
  console.log(
    `(3) memory: ${perStream.toFixed(2)} MB a stream over ${IDLE_STREAMS} open streams of the demo model`,
  );
}

/** A network of real size with random weights, as an offline pipeline. */
function addLargeModel(folder: string, repository: string): void {
  const file = (name: string): string => path.join(folder, name);
  writeRandomNemo(file("large.nemo"), fastConformerConfig(LARGE), fastConformerParameters(LARGE));
  runBinOk("nemo2riva", ["--out", file("large.riva"), file("large.nemo")]);
  const build = [
    "speech_recognition",
    file("large.rmir"),
    file("large.riva"),
    "--name=large-offline",
  ];
  runBinOk("riva-build", [...build, ...OFFLINE]);
  runBinOk("riva-deploy", [file("large.rmir"), repository]);
  for (const name of ["large.nemo", "large.riva", "large.rmir"]) rmSync(file(name));
}

const folder = mkdtempSync(path.join(tmpdir(), "serve-bench-"));
try {
  const repository = buildDemoRepository(
    folder,
    MODELS.flatMap((model) => [
      { name: `${model}-offline`, model, options: OFFLINE },
      { name: `${model}-streaming`, model, options: STREAMING },
    ]),
  );
  addLargeModel(folder, repository);
  const server = await startMeasuredServer(repository);
  const client = connectRiva(server.address);
  await benchOffline(client, repository);
  await benchStreaming(client, server.report);
  await benchMemory(client, server.report);
  client.close();
  await server.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
