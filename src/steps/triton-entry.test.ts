/** The bundle for Triton, in an empty V8 context: no Node, no TextDecoder, as in mini-racer. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createContext, Script } from "node:vm";
import { audioInputs, setupWith, spell, VOCABULARY_FILE } from "../../test/support/ctc-stream.ts";
import { projectRoot } from "../../test/support/paths.ts";
import { scratchFolder } from "../../test/support/scratch.ts";
import type { TensorOf, Tensors } from "../tensor/tensor.ts";
import { findStep } from "./registry.ts";

interface Bundle {
  inputBuffer(sizeBytes: number): ArrayBuffer;
  outputBuffer(): ArrayBuffer;
  load(message: string): string;
  run(message: string): string;
  forget(sequence: string): void;
}

interface Answer {
  readonly error?: { code: string; message: string };
  readonly outputs?: Record<
    string,
    { dtype: string; shape: number[]; offset?: number; strings?: string[] }
  >;
}

function openBundle(context: Parameters<typeof scratchFolder>[0]): Bundle {
  const folder = scratchFolder(context);
  const made = spawnSync(process.execPath, ["tools/bundle-steps.mjs", folder], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(made.status, 0, made.stderr);
  const empty = createContext(Object.create(null) as object);
  new Script(readFileSync(path.join(folder, "bundle.js"), "utf8")).runInContext(empty);
  return new Script("steps").runInContext(empty) as Bundle;
}

function load(bundle: Bundle, step: string, parameters = setupWith().parameters): Answer {
  new Uint8Array(bundle.inputBuffer(VOCABULARY_FILE.length)).set(VOCABULARY_FILE);
  const files = { "vocabulary.txt": { offset: 0, sizeBytes: VOCABULARY_FILE.length } };
  return JSON.parse(bundle.load(JSON.stringify({ step, parameters, files }))) as Answer;
}

function run(bundle: Bundle, sequence: string, inputs: Tensors, start: boolean): Answer {
  let offset = 0;
  const entries = Object.entries(inputs).map(([name, { dtype, shape, data }]) => {
    const bytes = data as Float32Array;
    const place = offset;
    offset += Math.ceil(bytes.byteLength / 8) * 8;
    new Uint8Array(bundle.inputBuffer(offset), place).set(
      new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    );
    return [name, { dtype, shape, offset: place }];
  });
  const message = { sequence, start, end: false, inputs: Object.fromEntries(entries) as object };
  return JSON.parse(bundle.run(JSON.stringify(message))) as Answer;
}

test("the bundle runs in an empty context and keeps sequences apart", (context) => {
  const bundle = openBundle(context);
  assert.deepEqual(load(bundle, "audio-window"), {});
  const chunk = { ...audioInputs(spell([1, 2, 3, 4])) };
  const reference = findStep("audio-window").load(setupWith());
  const states = { a: reference.open(), b: reference.open() };
  (["a", "a", "b", "a", "b"] as const).forEach((sequence, n) => {
    const start = n === 0 || n === 2;
    const answer = run(bundle, sequence, chunk, start);
    const expected = reference.run(chunk, states[sequence], { start, end: false });
    const { offset = 0, shape } = answer.outputs?.["AUDIO_WINDOW"] ?? { shape: [] };
    const window = new Float32Array(bundle.outputBuffer(), offset, shape[1]);
    assert.deepEqual([...window], [...(expected["AUDIO_WINDOW"] as TensorOf<"float32">).data]);
  });
  bundle.forget("a");
  assert.equal(run(bundle, "a", chunk, false).error?.code, "INVALID_REQUEST");
  assert.equal(run(bundle, "b", chunk, false).error, undefined);
});

test("the bundle reads files and says what is wrong", (context) => {
  const bundle = openBundle(context);
  assert.deepEqual(load(bundle, "ctc-greedy-decoder"), {});
  assert.equal(
    load(bundle, "ctc-greedy-decoder", { decoder_type: "x" }).error?.code,
    "INVALID_CONFIG",
  );
  assert.equal(load(bundle, "no-such-step").error?.code, "UNSUPPORTED");
  load(bundle, "audio-window");
  const answer = run(bundle, "a", audioInputs(spell([1])), true);
  assert.equal(answer.error?.code, "INVALID_REQUEST");
  assert.match(
    answer.error.message,
    /expected 1280 samples, got 320 \(at input AUDIO_SIGNAL\); hint: /,
  );
});
