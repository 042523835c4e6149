/**
 * What does synthesis cost over its two networks, and how soon does it begin?
 * (1) Seconds of speech per second through the Riva API (Synthesize), against `session.run` of the
 *     same two graphs on the same tokens, in turn. Aim: ratio at least 0.95.
 * (2) Time to the first audio of SynthesizeOnline for texts of 1 to 32 sentences, over the time to
 *     all of it. Aim: the first does not grow with the text.
 * (3) Memory per stream whose client has stopped reading a long text.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as ort from "onnxruntime-node";
import { connectRiva, type RivaClient } from "../src/cli/riva-client.ts";
import { connectRivaServer } from "../src/cli/riva-connection.ts";
import {
  SynthesizeSpeechRequestSchema,
  SynthesizeSpeechResponseSchema,
} from "../src/gen/riva_tts_pb.ts";
import { createEmbeddedEngine } from "../src/serve/engine/embedded/embedded-engine.ts";
import { STEPS } from "../src/steps/registry.ts";
import { tensor } from "../src/tensor/tensor.ts";
import { spokenText } from "../test/support/spoken-text.ts";
import { deployVoice, VOICE_NAME, VOICE_RATE } from "../test/support/voice.ts";
import { median, printTable } from "./support/measure.ts";
import { startMeasuredServer } from "./support/measured-server.ts";

const TEXTS = Array.from({ length: 6 }, (_, n) => spokenText(n, 8 + 8 * n));
const ROUNDS = 7;
const SENTENCE_COUNTS = [1, 4, 16, 32];
const STREAMS = 32;

const SYNTHESIZE = {
  path: "/nvidia.riva.tts.RivaSpeechSynthesis/Synthesize",
  request: SynthesizeSpeechRequestSchema,
  response: SynthesizeSpeechResponseSchema,
};

const folder = mkdtempSync(path.join(tmpdir(), "servicemaker-bench-"));
try {
  const repository = await deployVoice(folder);
  const tokens = await tokensOf(repository, TEXTS);
  const server = await startMeasuredServer(repository);
  const client = connectRiva(server.address);
  try {
    await throughput(repository, tokens, server.address);
    await firstAudio(client);
    await memory(client, server.report);
  } finally {
    client.close();
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** For each text the token ids of its sentences, from the text side alone. */
async function tokensOf(repository: string, texts: readonly string[]): Promise<bigint[][][]> {
  const engine = await createEmbeddedEngine({ repository, steps: STEPS });
  const all: bigint[][][] = [];
  let id = 0n;
  for (const text of texts) {
    id++;
    const sentences: bigint[][] = [];
    for (let isLast = false; !isLast;) {
      const start = sentences.length === 0;
      const outputs = await engine.infer({
        model: `tts_preprocessor-${VOICE_NAME}`,
        sequence: { id, start, end: false },
        inputs: {
          input_string: tensor("string", [text], [1, 1]),
          sentence: tensor("int32", Int32Array.of(sentences.length), [1, 1]),
        },
      });
      sentences.push([...(outputs["output"]?.data as BigInt64Array)]);
      isLast = outputs["is_last_sentence"]?.data[0] === 1;
    }
    all.push(sentences);
  }
  await engine.close();
  return all;
}

async function throughput(
  repository: string,
  tokens: readonly bigint[][][],
  address: string,
): Promise<void> {
  const load = (name: string) =>
    ort.InferenceSession.create(path.join(repository, `${name}-${VOICE_NAME}`, "1/model.onnx"));
  const [acoustic, vocoder] = await Promise.all(
    ["riva-onnx-fastpitch_encoder", "riva-onnx-hifigan"].map(load),
  );
  const raw = async (sentences: readonly bigint[][]): Promise<number> => {
    let samples = 0;
    for (const ids of sentences) {
      const row = (value: number) =>
        new ort.Tensor("float32", new Float32Array(ids.length).fill(value), [ids.length]);
      const text = new ort.Tensor("int64", BigInt64Array.from(ids), [ids.length]);
      const feeds = { text, pitch: row(0), pace: row(1), volume: row(1) };
      const { spect } = await (acoustic as ort.InferenceSession).run(feeds);
      const { audio } = await (vocoder as ort.InferenceSession).run({ spec: spect as ort.Tensor });
      samples += (audio as ort.Tensor).size;
    }
    return samples / VOICE_RATE;
  };
  const connection = connectRivaServer(address);
  const served = async (text: string): Promise<number> => {
    const { audio } = await connection.call(SYNTHESIZE, { text, languageCode: "en-US" });
    return audio.length / 2 / VOICE_RATE;
  };
  const seconds = async (action: () => Promise<number>): Promise<[number, number]> => {
    const started = performance.now();
    const speech = await action();
    return [(performance.now() - started) / 1000, speech];
  };
  const factors = { raw: [] as number[], served: [] as number[], ratio: [] as number[] };
  for (let round = -1; round < ROUNDS; round++) {
    const times = { raw: 0, served: 0, speech: 0 };
    for (const [i, text] of TEXTS.entries()) {
      const [rawTime, rawSpeech] = await seconds(() => raw(tokens[i] as bigint[][]));
      const [servedTime, servedSpeech] = await seconds(() => served(text));
      if (Math.abs(rawSpeech - servedSpeech) > 0.001) throw new Error("not the same speech");
      times.raw += rawTime;
      times.served += servedTime;
      times.speech += servedSpeech;
    }
    if (round < 0) continue; // warm-up
    factors.raw.push(times.raw / times.speech);
    factors.served.push(times.served / times.speech);
    factors.ratio.push(times.raw / times.served);
  }
  connection.close();
  printTable(
    ["synthesis", "real-time factor"],
    [
      ["the two graphs", median(factors.raw)],
      ["Synthesize", median(factors.served)],
      ["ratio", median(factors.ratio)],
    ],
  );
}

async function firstAudio(client: RivaClient): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const count of SENTENCE_COUNTS) {
    const text = Array.from({ length: count }, (_, n) => spokenText(n, 12)).join(" ");
    const first: number[] = [];
    const all: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      let isFirst = true;
      for await (const { audio } of client.synthesizeOnline({ text, languageCode: "en-US" })) {
        if (isFirst && audio.length > 0) {
          first.push(performance.now() - started);
          isFirst = false;
        }
      }
      all.push(performance.now() - started);
    }
    const ratio = median(first) / median(all);
    rows.push([`${count} sentence(s)`, median(first), median(all), ratio]);
  }
  printTable(["SynthesizeOnline", "first ms", "all ms", "ratio"], rows);
}

async function memory(
  client: RivaClient,
  report: () => Promise<{ readonly rssBytes: number }>,
): Promise<void> {
  const text = Array.from({ length: 200 }, (_, n) => spokenText(n, 12)).join(" ");
  const before = (await report()).rssBytes;
  const streams = Array.from({ length: STREAMS }, () =>
    client.synthesizeOnline({ text, languageCode: "en-US" })[Symbol.asyncIterator](),
  );
  await Promise.all(streams.map((stream) => stream.next()));
  // the pieces that fit into the connection's buffers are made meanwhile
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const after = (await report()).rssBytes;
  for (const stream of streams) await stream.return?.();
  printTable(
    ["memory", "MB"],
    [
      ["server before", before / 1e6],
      [`with ${STREAMS} open streams`, after / 1e6],
      ["a stream", (after - before) / 1e6 / STREAMS],
    ],
  );
}
