import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { StreamingRecognizeRequestSchema } from "../../../gen/riva_asr_pb.ts";
import { tensor } from "../../../tensor/tensor.ts";
import type { Engine } from "../../engine/engine.ts";
import { silentLog } from "../../log.ts";
import type { RecognitionModel } from "./models.ts";
import { selectModel } from "./select-model.ts";
import { streamingRecognize } from "./streaming-recognize.ts";

const model = (name: string, languageCode: string, sampleRate = 16_000): RecognitionModel => ({
  name,
  languageCode,
  type: "online",
  sampleRate,
  chunkSamples: 1600,
  parameters: {},
  takesConfiguration: false,
});

const engine: Engine = {
  models: () => [],
  close: async () => {},
  infer: async () => ({ FINAL_TRANSCRIPTS: tensor("string", [], [1, 0, 0]) }),
};

test("the next message is only asked for when the response to the last one was taken", async () => {
  let asked = 0;
  async function* requests() {
    yield create(StreamingRecognizeRequestSchema, {
      streamingRequest: { case: "streamingConfig", value: {} },
    });
    for (;;) {
      asked++;
      yield create(StreamingRecognizeRequestSchema, {
        streamingRequest: { case: "audioContent", value: new Uint8Array(32_000) },
      });
    }
  }
  const { signal } = new AbortController();
  const context = {
    engine,
    models: [model("a", "en-US")],
    log: silentLog,
    punctuate: async () => undefined,
  };
  const responses = streamingRecognize(context, requests(), { signal });
  for (let taken = 1; taken <= 5; taken++) {
    await responses.next();
    assert.equal(asked, taken);
  }
  await responses.return(undefined);
});

const models = [
  model("a-de", "de"),
  model("b-de-8k", "de", 8000),
  model("c-en", "en-US"),
  model("d-es", "es-ES"),
];
const wishes: readonly [string, number, string | undefined][] = [
  ["de", 0, "a-de"],
  ["de-DE", 8000, "b-de-8k"],
  ["de-DE", 44_100, "a-de"],
  ["EN-us", 0, "c-en"],
  ["en", 0, "c-en"],
  ["", 0, "c-en"],
  ["es", 0, "d-es"],
  ["es-US", 0, undefined],
  ["en-GB", 0, undefined],
  ["ru-RU", 0, undefined],
];

for (const [languageCode, sampleRateHertz, expected] of wishes) {
  test(`language "${languageCode}" at ${sampleRateHertz} Hz is served by ${expected}`, () => {
    const select = () =>
      selectModel(models, "online", { model: "", languageCode, sampleRateHertz });
    if (expected !== undefined) assert.equal(select().name, expected);
    else {
      assert.throws(select, {
        message: `Error: Unavailable model requested. Lang: ${languageCode}, Type: online`,
      });
    }
  });
}
