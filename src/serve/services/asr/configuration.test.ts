import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { RecognitionConfigSchema } from "../../../gen/riva_asr_pb.ts";
import { configurationRows } from "./configuration.ts";

test("boosted phrases, endpointing and free keys become rows", () => {
  const config = create(RecognitionConfigSchema, {
    speechContexts: [
      { phrases: ["Anti BERTa", " ab\tlooper\n"], boost: 20 },
      { phrases: ["not this"], boost: -100 },
      { phrases: ["", "nothing"], boost: 0 },
      { phrases: [], boost: 10 },
    ],
    endpointingConfig: { stopHistory: 400 },
    customConfiguration: { key: "value" },
  });
  assert.deepEqual(configurationRows(config), [
    ["key", "value"],
    ["stop_history", "400"],
    ["word_boosts", "Anti BERTa\t20\nab looper\t20\nnot this\t-100"],
  ]);
});

test("contexts without phrases, as official clients send them, are nothing", () => {
  const config = create(RecognitionConfigSchema, { speechContexts: [{ phrases: [], boost: 10 }] });
  assert.deepEqual(configurationRows(config), []);
});
