import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../test/support/cut.ts";
import {
  closeUtterance,
  endpointingWindows,
  forkEndpointing,
  MAX_HISTORY_MS,
  openEndpointing,
  pushTimestep,
  seemsEnded,
} from "./endpointing.ts";
import type { EndpointingSettings, Utterance } from "./endpointing.ts";

const DEFAULTS: EndpointingSettings = {
  startHistoryMs: 200,
  startThreshold: 0.2,
  stopHistoryMs: 400,
  stopThreshold: 0.98,
  stopHistoryEouMs: 160,
  stopThresholdEou: 0.98,
};
const MS = 40;

/** `x` is a token, `.` a blank, one character a timestep of 40 ms. */
function run(
  timesteps: string,
  settings: Partial<EndpointingSettings> = {},
): { ended: Utterance[]; start: number; seemsEnded: boolean } {
  const windows = endpointingWindows({ ...DEFAULTS, ...settings }, MS);
  const state = openEndpointing(MS);
  const ended = timesteps
    .split("")
    .flatMap((sign) => pushTimestep(state, sign === ".", windows) ?? []);
  return { ended, start: state.start, seemsEnded: seemsEnded(state, windows) };
}

const S10 = "..........";
const CASES: readonly {
  name: string;
  steps: string;
  settings?: Partial<EndpointingSettings>;
  ended: readonly [number, number][];
  start?: number;
  seemsEnded?: boolean;
}[] = [
  { name: "silence", steps: S10 + S10, ended: [] },
  { name: "one token in five starts", steps: `${S10}x`, ended: [], start: 10 },
  { name: "ten blanks in a row end", steps: `..x.x${S10}`, ended: [[2, 5]] },
  { name: "nine do not", steps: "..x.x.........", ended: [], start: 2, seemsEnded: true },
  {
    name: "two utterances",
    steps: `x${S10}...xx${S10}`,
    ended: [
      [0, 1],
      [14, 16],
    ],
  },
  {
    name: "a higher start threshold needs more tokens",
    steps: "x....x.x",
    settings: { startThreshold: 0.4 },
    ended: [],
    start: 5,
  },
  {
    name: "tokens of the last utterance do not start the next",
    steps: "xx..x",
    settings: { stopHistoryMs: 80, startThreshold: 0.4 },
    ended: [[0, 2]],
    start: -1,
  },
  {
    name: "a lower stop threshold ends over a stray token",
    steps: "xxxxxx....x.....",
    settings: { stopThreshold: 0.9 },
    ended: [[0, 11]],
  },
  {
    name: "a stop window is not filled from before the start",
    steps: `${S10}${S10}x`,
    settings: { stopThreshold: 0.5 },
    ended: [],
    start: 20,
  },
  {
    name: "stop history 0 never ends",
    steps: `x${S10}${S10}${S10}`,
    settings: { stopHistoryMs: 0 },
    ended: [],
    start: 0,
    seemsEnded: true,
  },
  { name: "the early notice goes when speech goes on", steps: "x....x", ended: [], start: 0 },
  {
    name: "the early notice can be off",
    steps: "x.........",
    settings: { stopHistoryEouMs: 0 },
    ended: [],
    start: 0,
  },
];

for (const { name, steps, settings, ended, start = -1, seemsEnded: seems = false } of CASES) {
  test(`endpointing: ${name}`, () => {
    const result = run(steps, settings);
    assert.deepEqual(
      result.ended.map((utterance) => [utterance.start, utterance.end]),
      ended,
    );
    assert.equal(result.start, start);
    assert.equal(result.seemsEnded, seems);
  });
}

test("endpointing: closing by hand ends at the newest token", () => {
  const windows = endpointingWindows(DEFAULTS, MS);
  const state = openEndpointing(MS);
  for (const sign of "..x.x..") pushTimestep(state, sign === ".", windows);
  assert.deepEqual(closeUtterance(state), { start: 2, end: 5 });
  assert.equal(closeUtterance(state), undefined);
});

test("endpointing: hours of audio give what a plain search gives, in the same memory", () => {
  const random = seededRandom(3);
  const windows = endpointingWindows(DEFAULTS, MS);
  const state = openEndpointing(MS);
  const size = state.tokenCounts.length;
  assert.equal(size, MAX_HISTORY_MS / MS + 1);
  // 4 hours; speech and silence in turns.
  const blanks = Array.from(
    { length: 360_000 },
    (_, n) => random() < (Math.floor(n / 50) % 2 === 0 ? 0.5 : 0.97),
  );
  const ended = blanks.flatMap((isBlank) => pushTimestep(state, isBlank, windows) ?? []);
  assert.equal(state.tokenCounts.length, size);
  assert.deepEqual(ended, plainSearch(blanks));
  assert.ok(ended.length > 100, `${ended.length}`);
});

/** The same rules without sliding sums, for the default settings. */
function plainSearch(blanks: readonly boolean[]): Utterance[] {
  const found: Utterance[] = [];
  const tokens = (from: number, to: number): number =>
    blanks.slice(from, to).filter((blank) => !blank).length;
  let start = -1;
  let idle = 0;
  blanks.forEach((isBlank, n) => {
    if (start < 0 && !isBlank && tokens(Math.max(idle, n - 4), n + 1) >= 1)
      start = blanks.indexOf(false, Math.max(idle, n - 4));
    else if (start >= 0 && n + 1 - start >= 10 && tokens(n - 9, n + 1) === 0) {
      found.push({ start, end: blanks.lastIndexOf(false, n) + 1 });
      start = -1;
      idle = n + 1;
    }
  });
  return found;
}

test("endpointing: a fork leaves its origin alone", () => {
  const windows = endpointingWindows(DEFAULTS, MS);
  const state = openEndpointing(MS);
  pushTimestep(state, false, windows);
  const copy = structuredClone(state);
  const fork = forkEndpointing(state);
  for (let n = 0; n < 900; n++) pushTimestep(fork, n % 2 === 0, windows);
  assert.deepEqual(state, copy);
});
