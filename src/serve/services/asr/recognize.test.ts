import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { tone, wavFile } from "../../../../test/support/make-audio.ts";
import { RecognizeRequestSchema } from "../../../gen/riva_asr_pb.ts";
import { tensor } from "../../../tensor/tensor.ts";
import type { Engine } from "../../engine/engine.ts";
import { silentLog } from "../../log.ts";
import type { RecognitionModel } from "./models.ts";
import { recognize } from "./recognize.ts";

const model: RecognitionModel = {
  name: "asr",
  languageCode: "en-US",
  type: "offline",
  sampleRate: 8000,
  chunkSamples: 8000,
  parameters: {},
  takesConfiguration: false,
};

/** Counts samples and says nothing. */
function countingEngine(): Engine & { samples: number; largest: number; flags: string[] } {
  const engine = {
    samples: 0,
    largest: 0,
    flags: [] as string[],
    models: () => [],
    close: async () => {},
    infer: async ({ inputs, sequence }: Parameters<Engine["infer"]>[0]) => {
      const length = inputs["AUDIO_SIGNAL"]?.data.length ?? 0;
      engine.samples += length;
      engine.largest = Math.max(engine.largest, length);
      engine.flags.push(
        `${sequence?.start === true ? "S" : ""}${sequence?.end === true ? "E" : ""}`,
      );
      return { FINAL_TRANSCRIPTS: tensor("string", [], [1, 0, 0]) };
    },
  };
  return engine;
}

test("three hours in one message: pieces of chunk_size, and memory that does not grow", async () => {
  const hours = 3;
  const audio = wavFile(new Uint8Array(hours * 3600 * 8000).fill(0xff), {
    rate: 8000,
    format: 7,
    bits: 8,
  });
  const engine = countingEngine();
  const before = process.memoryUsage();
  let most = 0;
  const infer = engine.infer.bind(engine);
  engine.infer = (request) => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    most = Math.max(most, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers);
    return infer(request);
  };
  const { signal } = new AbortController();
  const request = create(RecognizeRequestSchema, { audio });
  const response = await recognize(
    { engine, models: [model], log: silentLog, punctuate: async () => undefined },
    request,
    {
      signal,
    },
  );
  assert.equal(engine.samples, hours * 3600 * 8000);
  assert.equal(engine.largest, 8000);
  assert.equal(engine.flags.length, hours * 3600 + 1);
  assert.deepEqual([engine.flags[0], engine.flags[1], engine.flags.at(-1)], ["S", "", "E"]);
  assert.equal(response.results?.[0]?.audioProcessed, hours * 3600);
  // as samples the recording would be 345 MB
  assert.ok(most < 150e6, `${Math.round(most / 1e6)} MB more than before`);
});

test("an engine that fails ends the sequence and the answer is its error", async () => {
  const engine = countingEngine();
  const infer = engine.infer.bind(engine);
  engine.infer = (request) =>
    engine.flags.length === 2
      ? (engine.flags.push("failed"), Promise.reject(new Error("no")))
      : infer(request);
  const audio = wavFile(new Uint8Array(tone([0.1], 5, 8000).length).fill(0xff), {
    rate: 8000,
    format: 7,
    bits: 8,
  });
  const { signal } = new AbortController();
  await assert.rejects(
    recognize(
      { engine, models: [model], log: silentLog, punctuate: async () => undefined },
      create(RecognizeRequestSchema, { audio }),
      { signal },
    ),
    /^Error: no$/,
  );
  assert.deepEqual(engine.flags, ["S", "", "failed", "E"]);
});
