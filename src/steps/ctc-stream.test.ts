/** The steps of a recognition pipeline together: what holds for whole streams. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BLANK,
  heard,
  loadRecognizer,
  requestsOf,
  spell,
  TIMESTEP_SAMPLES,
} from "../../test/support/ctc-stream.ts";
import { seededRandom } from "../../test/support/cut.ts";
import type { Tensor, TensorOf, Tensors } from "../tensor/tensor.ts";

const outputOf = (response: Tensors | undefined, name: string): Tensor => {
  const found = response?.[name];
  assert.ok(found !== undefined, name);
  return found;
};
const strings = (response: Tensors | undefined, name: string): readonly string[] =>
  (outputOf(response, name) as TensorOf<"string">).data;
const floats = (response: Tensors | undefined, name: string): number[] => [
  ...(outputOf(response, name) as TensorOf<"float32">).data,
];

const silence = (timesteps: number): number[] => Array.from({ length: timesteps }, () => BLANK);
const SPOKEN = [
  ...silence(3),
  0,
  0,
  BLANK,
  1,
  ...silence(16),
  2,
  3,
  ...silence(2),
  4,
  5,
  ...silence(20),
];

/** Speech and silence in turns of random lengths. */
function babble(random: () => number, timesteps: number): number[] {
  const ids: number[] = [];
  while (ids.length < timesteps) {
    const speech = Array.from({ length: Math.floor(random() * 20) }, () =>
      Math.floor(random() * (BLANK + 1)),
    );
    ids.push(...speech, ...silence(Math.floor(random() * 25)));
  }
  return ids.slice(0, timesteps);
}

test("a stream gives each utterance once, with times and scores", () => {
  const stream = loadRecognizer()();
  const responses = requestsOf(spell(SPOKEN)).map((request) => stream.push(request));
  assert.deepEqual(heard(responses), {
    finals: ["one two", "three a"],
    finalScores: [-1 / 8 - 1 / 24, -(3 + 4 + 5 + 6) / 8 / 4].map(Math.fround),
    times: [120, 200, 240, 280, 920, 1000, 1120, 1160],
    wordScores: [-1 / 8, -2 / 8, -7 / 16, -6 / 8],
  });
  assert.deepEqual(floats(responses.at(-1), "AUDIO_PROCESSED"), [
    Math.fround((SPOKEN.length * 40) / 1000),
  ]);
});

test("partial transcripts come before the final and grow", () => {
  const stream = loadRecognizer({ stop_history_eou: "160" })();
  const responses = requestsOf(spell(SPOKEN)).map((request) => stream.push(request));
  const partials = responses.map((response) => [
    strings(response, "PARTIAL_TRANSCRIPTS")[0] ?? "",
    floats(response, "PARTIAL_TRANSCRIPTS_STABILITY")[0] ?? 0,
  ]);
  const first = responses.findIndex(
    (response) => strings(response, "FINAL_TRANSCRIPTS").length > 0,
  );
  assert.equal(partials[0]?.[1], Math.fround(0.1));
  assert.deepEqual(partials[first - 1], ["one two", 1]);
});

test("chunk by chunk gives what one request gives", () => {
  const random = seededRandom(77);
  for (let round = 0; round < 40; round++) {
    const ids = babble(random, 20 + Math.floor(random() * 200));
    const audio = spell(ids, Math.floor(random() * TIMESTEP_SAMPLES));
    const padding = {
      left_padding_size: ["0", "0.32"][round % 2] as string,
      right_padding_size: ["0", "0.24", "0.4"][round % 3] as string,
    };
    const open = loadRecognizer({ ...padding, stop_history_eou: ["0", "80"][round % 2] as string });
    const stream = open();
    const chunked = requestsOf(audio).map((request) => stream.push(request));
    const whole = open().push({ audio, flags: { start: true, end: true } });
    assert.deepEqual(heard(chunked), heard([whole]), `round ${round}`);
  }
});

test("streams do not hear each other", () => {
  const random = seededRandom(5);
  const open = loadRecognizer();
  const audios = Array.from({ length: 6 }, () =>
    spell(babble(random, 60 + Math.floor(random() * 90))),
  );
  const alone = audios.map((audio) => {
    const stream = open();
    return requestsOf(audio).map((request) => stream.push(request));
  });
  const together: Tensors[][] = audios.map(() => []);
  const running = audios.map((audio) => ({ stream: open(), requests: requestsOf(audio) }));
  while (running.some(({ requests }) => requests.length > 0)) {
    const n = Math.floor(random() * running.length);
    const request = running[n]?.requests.shift();
    if (request !== undefined) together[n]?.push(running[n]?.stream.push(request) as Tensors);
  }
  assert.deepEqual(together, alone);
});

function stateSize(state: unknown): number {
  return JSON.stringify(state, (_, value: unknown) =>
    ArrayBuffer.isView(value) ? "x".repeat(value.byteLength) : value,
  ).length;
}

test("the state of a stream does not grow with the hours", () => {
  const random = seededRandom(9);
  const stream = loadRecognizer({ start_th: "0.5" })();
  // Mostly stray tokens that never make an utterance, now and then a real one: 2 hours.
  const ids = Array.from({ length: 180_000 }, (_, n) =>
    random() < (n % 3000 < 20 ? 0.9 : 0.1) ? n % BLANK : BLANK,
  );
  let early = 0;
  let late = 0;
  requestsOf(spell(ids.slice(0, 90_000)), 4 * TIMESTEP_SAMPLES).forEach((request, n) => {
    stream.push({ ...request, flags: { start: n === 0, end: false } });
    const size = stateSize(stream.states);
    if (n < 2000) early = Math.max(early, size);
    else late = Math.max(late, size);
  });
  assert.ok(late < 1.2 * early, `${early} at first, ${late} later`);
});

test("force_eou closes the running utterance with everything heard so far", () => {
  const stream = loadRecognizer({ right_padding_size: "0.48" })();
  const [first, second, ...rest] = requestsOf(
    spell([0, 0, 1, BLANK, BLANK, 5, BLANK, BLANK, ...silence(8), 1, 1, ...silence(30)]),
  );
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(heard([stream.push(first)]).finals, []);
  const forced = stream.push({ ...second, configuration: { force_eou: "true" } });
  assert.equal(heard([forced]).finals.length, 1);
  assert.deepEqual(strings(forced, "PARTIAL_TRANSCRIPTS"), []);
  const after = heard(rest.map((request) => stream.push(request)));
  assert.deepEqual(after.finals, ["two"]);
  assert.deepEqual(after.times, [640, 720]);
});

test("endpointing values of a request stay in force for the stream", () => {
  const ids = [0, ...silence(6), 1, ...silence(12)];
  const open = loadRecognizer({ right_padding_size: "0" });
  const finals = (configuration?: Record<string, string>): readonly string[] => {
    const stream = open();
    const responses = requestsOf(spell(ids)).map((request, n) =>
      stream.push(n === 0 && configuration !== undefined ? { ...request, configuration } : request),
    );
    return heard(responses).finals;
  };
  assert.deepEqual(finals(), ["one two"]);
  assert.deepEqual(finals({ stop_history: "200", other: "x" }), ["one", "two"]);
  assert.deepEqual(finals({ stop_history: "-1" }), ["one two"]);
});

test("offline: the whole recording is one utterance", () => {
  const stream = loadRecognizer({
    streaming: "False",
    left_padding_size: "0",
    right_padding_size: "0",
  })();
  const response = stream.push({ audio: spell(SPOKEN), flags: { start: true, end: true } });
  assert.deepEqual(heard([response]).finals, ["one two three a"]);
  assert.deepEqual(strings(response, "PARTIAL_TRANSCRIPTS"), []);
});

test("a stream without speech, or without audio, ends quietly", () => {
  for (const ids of [[], silence(30)]) {
    const stream = loadRecognizer({ right_padding_size: "0" })();
    assert.deepEqual(
      heard(requestsOf(spell(ids)).map((request) => stream.push(request))).finals,
      [],
    );
  }
});

test("an empty last request settles what was provisional", () => {
  const open = loadRecognizer();
  const audio = spell([0, 0, BLANK, 1, 1, BLANK, 0, BLANK]);
  const stream = open();
  const requests = requestsOf(audio).map((request) => ({
    ...request,
    flags: { ...request.flags, end: false },
  }));
  const responses = [
    ...requests,
    { audio: new Float32Array(0), flags: { start: false, end: true } },
  ].map((request) => stream.push(request));
  assert.deepEqual(
    heard(responses),
    heard([open().push({ audio, flags: { start: true, end: true } })]),
  );
});
