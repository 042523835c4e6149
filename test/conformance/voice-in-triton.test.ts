/**
 * A voice as `riva-deploy` writes it, in the real Triton with auto-complete off: it loads, and a
 * text gives the audio that the embedded engine gives, chunk by chunk.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmbeddedEngine } from "../../src/serve/engine/embedded/embedded-engine.ts";
import { STEPS } from "../../src/steps/registry.ts";
import { DTYPES } from "../../src/tensor/dtype.ts";
import type { Tensors } from "../../src/tensor/tensor.ts";
import { skipWithoutShared } from "../support/paths.ts";
import { startTriton, type WireRequest } from "../support/real-triton.ts";
import { scratchFolder } from "../support/scratch.ts";
import { deployVoice, speakThrough, VOICE_ENSEMBLE } from "../support/voice.ts";

const FIRST_PORT = 18720;
/** Both run ONNX Runtime, in versions of different years. */
const TOLERANCE = 1e-3;

const TEXTS = [
  "Hello, and welcome to the speech demonstration. It costs $12.50 today!",
  '<speak>One <break time="300ms"/><prosody rate="150%" volume="+4dB" pitch="1">two</prosody>.</speak>',
];

test("a deployed voice in the real Triton", { skip: skipWithoutShared }, async (context) => {
  const repository = await deployVoice(scratchFolder(context));
  const engine = await createEmbeddedEngine({ repository, steps: STEPS });
  const spoken = [];
  for (const text of TEXTS) spoken.push(await speakThrough(engine, text));
  await engine.close();

  const triton = startTriton(repository, FIRST_PORT);
  context.after(() => triton.stop());
  for (const [n, { requests, chunks, texts }] of spoken.entries()) {
    const wire = requests.map((inputs, i) => wireRequest(n + 1, inputs, i === 0));
    const answers = triton.ask(VOICE_ENSEMBLE, wire);
    assert.deepEqual(
      answers.flatMap(({ error }) => error ?? []),
      [],
    );
    const audio = answers.map(({ outputs }) => (outputs?.["OUTPUT"]?.data ?? []) as number[]);
    assert.deepEqual(
      audio.map((part) => part.length),
      chunks.map((chunk) => chunk.length),
    );
    const differences = chunks.flatMap((chunk, i) =>
      Array.from(chunk, (sample, at) => Math.abs(sample - (audio[i]?.[at] ?? 9))),
    );
    const largest = differences.reduce((most, value) => Math.max(most, value), 0);
    context.diagnostic(`largest difference of ${differences.length} samples: ${largest}`);
    assert.ok(largest <= TOLERANCE, `${largest}`);
    const given = answers.map(({ outputs }) => outputs?.["OUT_PROCESSED_TEXT"]?.data?.[0]);
    assert.deepEqual(given, texts);
  }
});

function wireRequest(sequence: number, inputs: Tensors, start: boolean): WireRequest {
  const entries = Object.entries(inputs).map(([name, { dtype, shape, data }]) => {
    const datatype = dtype === "string" ? "BYTES" : DTYPES[dtype].kserve;
    const values = dtype === "string" ? [...data] : Array.from(data, Number);
    return [name, { datatype, shape, data: values }];
  });
  return {
    sequence,
    start,
    end: false,
    inputs: Object.fromEntries(entries) as WireRequest["inputs"],
  };
}
