/**
 * The steps in the real Triton: loaded by `model.py` in V8, they must give the same tensors as in
 * Node. Runs where the server is at hand (the oracles beside the checkout).
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { DTYPES } from "../../src/tensor/dtype.ts";
import type { Tensor, Tensors } from "../../src/tensor/tensor.ts";
import {
  audioInputs,
  BLANK,
  configurationInput,
  loadRecognizer,
  requestsOf,
  spell,
} from "../support/ctc-stream.ts";
import type { CtcRequest, CtcStream } from "../support/ctc-stream.ts";
import { projectRoot, skipWithoutShared } from "../support/paths.ts";
import { startTriton, type WireAnswer, type WireRequest } from "../support/real-triton.ts";
import { scratchFolder } from "../support/scratch.ts";
import { writeStepRepository } from "../support/step-repository.ts";

const FIRST_PORT = 18700;

/** An input, and what only the decoders that search take: the ensemble of this test has neither. */
const NOT_IN_ENSEMBLE = new Set([
  "CUSTOM_CONFIGURATION",
  "TOP_TOKENS",
  "TOP_SCORES",
  "BLANK_SCORES",
]);

function toWire(
  sequence: number | string,
  { audio, flags, configuration }: CtcRequest,
): WireRequest {
  const inputs = { ...audioInputs(audio), ...configurationInput(configuration) };
  const entries = Object.entries(inputs).map(([name, { dtype, shape, data }]) => [
    name,
    { datatype: DTYPES[dtype].kserve, shape, data: [...data] },
  ]);
  return { sequence, ...flags, inputs: Object.fromEntries(entries) as WireRequest["inputs"] };
}

function plain(tensors: Tensors): WireAnswer["outputs"] {
  const values = ({ data }: Tensor): unknown[] =>
    [...data].map((value) => (typeof value === "bigint" ? Number(value) : value));
  return Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => [
      name,
      { shape: [...value.shape], data: values(value) },
    ]),
  );
}

const blanks = (count: number): number[] => Array.from({ length: count }, () => BLANK);
const FIRST = [
  ...blanks(3),
  0,
  0,
  BLANK,
  1,
  ...blanks(16),
  2,
  3,
  ...blanks(2),
  4,
  5,
  ...blanks(13),
];
const SECOND = [1, 1, 5, 6, 7, BLANK, 0, ...blanks(11), 2, 3, 3, ...blanks(2)];

test("real Triton gives the tensors that Node gives", { skip: skipWithoutShared }, (context) => {
  const folder = scratchFolder(context);
  const runtime = path.join(folder, "runtime");
  const repository = path.join(folder, "models");
  const bundled = spawnSync(process.execPath, ["tools/bundle-steps.mjs", runtime], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(bundled.status, 0, bundled.stderr);
  const parameters = { stop_history_eou: "160" };
  writeStepRepository(repository, runtime, parameters);
  const triton = startTriton(repository, FIRST_PORT);
  context.after(() => triton.stop());

  const open = loadRecognizer(parameters);
  const streams = new Map<number | string, { stream: CtcStream; requests: CtcRequest[] }>([
    [7, { stream: open(), requests: requestsOf(spell(FIRST)) }],
    ["call-2", { stream: open(), requests: requestsOf(spell(SECOND)) }],
  ]);
  const configuration = { stop_history: "240", größe: "\u{1f399}" };
  const wire: WireRequest[] = [];
  const expected: WireAnswer["outputs"][] = [];
  for (
    let round = 0;
    [...streams.values()].some(({ requests }) => round < requests.length);
    round++
  ) {
    for (const [sequence, { stream, requests }] of streams) {
      const plainRequest = requests[round];
      if (plainRequest === undefined) continue;
      const request =
        round === 1 && sequence === 7 ? { ...plainRequest, configuration } : plainRequest;
      wire.push(toWire(sequence, request));
      expected.push(plain(stream.push(request)));
    }
  }
  const answers = triton.ask("asr", wire);
  answers.forEach((answer, n) => {
    const wanted = Object.entries(expected[n] ?? {}).filter(([name]) => !NOT_IN_ENSEMBLE.has(name));
    assert.deepEqual(
      answer.outputs,
      Object.fromEntries(wanted),
      `request ${n}: ${answer.error ?? ""}`,
    );
  });
  const times = answers.map((answer) => answer.ms ?? 0).sort((a, b) => a - b);
  context.diagnostic(
    `ensemble of four models: ${times[times.length >> 1]?.toFixed(1)} ms a request (median)`,
  );

  const whole = toWire(9, { audio: spell(FIRST), flags: { start: true, end: true } });
  const short = toWire(10, { audio: spell([1]), flags: { start: true, end: false } });
  const stray = toWire(11, { audio: spell([1, 1, 1, 1]), flags: { start: false, end: true } });
  const [good, tooShort, noStart] = triton.ask("asr", [whole, short, stray]);
  assert.deepEqual(good?.outputs?.["FINAL_TRANSCRIPTS"]?.data, ["one two", "three a"]);
  assert.match(
    tooShort?.error ?? "",
    /expected 1280 samples, got 320 .at input AUDIO_SIGNAL.; hint: /,
  );
  assert.match(noStart?.error ?? "", /must specify the START flag/);
});
