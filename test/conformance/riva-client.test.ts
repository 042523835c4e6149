/** NVIDIA's own Python client against our server, through the bins. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { type RunningServer, startServerBin } from "../support/bins.ts";
import {
  buildDemoRepository,
  demoAudio,
  OFFLINE,
  readReference,
  STREAMING,
} from "../support/demo-pipeline.ts";
import { projectRoot } from "../support/paths.ts";
import { pythonEnvironment } from "../support/python-env.ts";

const environment = pythonEnvironment({
  name: "riva-client",
  requirements: "test/conformance/requirements-riva-client.txt",
});
const skip = environment.skip;

interface Alternative {
  readonly transcript: string;
  readonly confidence: number;
  readonly words: readonly (readonly [
    word: string,
    startMs: number,
    endMs: number,
    confidence: number,
  ])[];
}
interface StreamingResult {
  readonly alternatives: readonly Alternative[];
  readonly final: boolean;
  readonly stability: number;
  readonly audio_processed: number;
}
interface StreamingAnswer {
  readonly sent: number;
  readonly responses: readonly (readonly StreamingResult[])[];
}
interface OfflineAnswer {
  readonly results: readonly {
    readonly alternatives: readonly Alternative[];
    readonly audio_processed: number;
  }[];
  readonly printed: string;
}
interface Failure {
  readonly code: string;
  readonly details: string;
}

let folder: string;
let server: RunningServer;

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(path.join(tmpdir(), "riva-client-"));
  const repository = buildDemoRepository(folder, [
    { name: "demo-streaming", model: "quartznet", options: STREAMING },
    { name: "demo-offline", model: "quartznet", options: OFFLINE },
  ]);
  server = await startServerBin(repository);
});

after(async () => {
  if (skip !== false) return;
  assert.equal(await server.stop(), 0, "SIGTERM ends the server cleanly");
  rmSync(folder, { recursive: true, force: true });
});

/** Runs calls through the client; each answer is `{ok}` or `{error}`. */
function callClient(calls: readonly object[]): { ok?: unknown; error?: Failure }[] {
  const request = path.join(folder, "request.json");
  writeFileSync(request, JSON.stringify(calls));
  const script = path.join(projectRoot, "test/conformance/riva_client.py");
  const { status, stdout, stderr } = spawnSync(
    environment.python as string,
    [script, server.rivaUri, request],
    {
      encoding: "utf8",
      timeout: 120_000,
    },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as { ok?: unknown; error?: Failure }[];
}

const digits = readReference(demoAudio, "reference-quartznet.jsonl").filter(({ audio }) =>
  audio.includes("digits-"),
);
const finals = (answer: StreamingAnswer): StreamingResult[] =>
  answer.responses.flat().filter((result) => result.final);
const transcript = (results: readonly { alternatives: readonly Alternative[] }[]): string =>
  results
    .map((result) => result.alternatives[0]?.transcript ?? "")
    .join("")
    .trim();

test("offline: transcripts equal NeMo's, printed as the client's script does", { skip }, () => {
  const answers = callClient(
    digits.map(({ audio }) => ({ call: "offline", audio, word_times: true })),
  );
  for (const [i, { greedy }] of digits.entries()) {
    const answer = answers[i]?.ok as OfflineAnswer | undefined;
    assert.ok(answer);
    const { results, printed } = answer;
    assert.equal(results.length, 1);
    assert.equal(transcript(results), greedy);
    assert.match(printed, new RegExp(`Final transcript: ${greedy}`));
    const words = results[0]?.alternatives[0]?.words ?? [];
    assert.equal(words.map(([word]) => word).join(" "), greedy);
    for (const [, start, end] of words)
      assert.ok(start < end && start % 20 === 0 && end % 20 === 0);
    words
      .slice(1)
      .forEach(([, start], j) =>
        assert.ok(start >= (words[j]?.[2] ?? 0), "words follow one another"),
      );
  }
});

test(
  "streaming: a response for every message, finals with a trailing space, interim results",
  { skip },
  () => {
    const { audio, greedy } = digits[0] as (typeof digits)[number];
    const answers = callClient([
      { call: "streaming", audio, interim: true, word_times: true },
      { call: "streaming", audio, interim: false },
      { call: "streaming", audio, interim: false, chunk_frames: 333 },
    ]);
    const [interim, plain, otherCut] = answers.map((answer) => answer.ok as StreamingAnswer) as [
      StreamingAnswer,
      StreamingAnswer,
      StreamingAnswer,
    ];
    assert.ok(
      interim.responses.length === interim.sent || interim.responses.length === interim.sent + 1,
    );
    const partials = interim.responses.flat().filter((result) => !result.final);
    assert.ok(partials.length > 5 && partials.some((result) => transcript([result]) !== ""));
    assert.ok(partials.every((result) => result.stability > 0 && result.stability <= 1));
    for (const result of finals(interim))
      assert.match(result.alternatives[0]?.transcript ?? "", / $/);
    assert.ok(finals(interim).some((result) => (result.alternatives[0]?.words.length ?? 0) > 0));
    assert.equal(plain.responses.flat().filter((result) => !result.final).length, 0);
    assert.equal(transcript(finals(plain)), transcript(finals(interim)));
    assert.equal(
      transcript(finals(otherCut)),
      transcript(finals(plain)),
      "the cut into messages has no effect",
    );
    assert.ok(Math.abs(transcript(finals(plain)).length - greedy.length) < greedy.length / 2);
    const processed = plain.responses.flat().map((result) => result.audio_processed);
    assert.ok((processed.at(-1) ?? 0) > 5.5 && (processed.at(-1) ?? 0) < 6.5);
  },
);

test("the model list has what the client's --list-models reads", { skip }, () => {
  const [all, one, none] = callClient([
    { call: "models" },
    { call: "models", model: "demo-offline" },
    { call: "models", model: "nothing" },
  ]).map((answer) => answer.ok as [string, Record<string, string>][]);
  assert.deepEqual(
    all?.map(([name]) => name),
    ["demo-offline", "demo-streaming"],
  );
  assert.deepEqual(
    one?.map(([name, parameters]) => [name, parameters["type"], parameters["language_code"]]),
    [["demo-offline", "offline", "en-US"]],
  );
  assert.equal(all?.[1]?.[1]["type"], "online");
  assert.deepEqual(none, []);
});

test(
  "wrong requests get the status and the words that the client's tests look for",
  { skip },
  () => {
    const audio = digits[0]?.audio as string;
    const cases: [object, string, RegExp][] = [
      [
        { call: "offline", audio, language_code: "ru-RU" },
        "INVALID_ARGUMENT",
        /Error: Unavailable model requested/,
      ],
      [
        { call: "streaming", audio, language_code: "ru-RU" },
        "INVALID_ARGUMENT",
        /Error: Unavailable model requested/,
      ],
      [
        { call: "offline", audio, model: "nothing" },
        "INVALID_ARGUMENT",
        /Unavailable model requested/,
      ],
      [{ call: "raw_offline", bytes: "" }, "INVALID_ARGUMENT", /empty/i],
      [{ call: "raw_streaming", messages: ["0000"] }, "INVALID_ARGUMENT", /config/],
      [{ call: "raw_streaming", messages: ["config", "config"] }, "INVALID_ARGUMENT", /config/],
    ];
    const answers = callClient(cases.map(([call]) => call));
    for (const [i, [call, code, details]] of cases.entries()) {
      assert.equal(answers[i]?.error?.code, code, JSON.stringify(call));
      assert.match(answers[i]?.error?.details ?? "", details);
    }
  },
);

test("a stream without speech, or without audio at all, ends well", { skip }, () => {
  const silence = "00".repeat(32_000);
  const answers = callClient([
    { call: "raw_streaming", sample_rate: 16000, encoding: 1, messages: ["config", silence] },
    { call: "raw_streaming", messages: ["config"] },
  ]);
  for (const answer of answers) assert.equal(answer.error, undefined);
});
