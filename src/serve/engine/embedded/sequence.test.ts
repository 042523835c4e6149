import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isToolError } from "../../../errors/tool-error.ts";
import { SequenceTable } from "./sequence.ts";

function table(clock: { now: number } = { now: 0 }): SequenceTable<string[]> {
  return new SequenceTable<string[]>({
    model: "decoder",
    maxIdleMs: 1000,
    open: () => [],
    now: () => clock.now,
  });
}

const at = (id: bigint, start = false, end = false) => ({ id, start, end });
const add = (text: string) => async (state: string[]) => (state.push(text), state.join(""));

test("each sequence has its own state; START resets, END drops", async (t) => {
  const sequences = table();
  t.after(() => sequences.close());
  assert.equal(await sequences.run(at(1n, true), add("a")), "a");
  assert.equal(await sequences.run(at(2n, true), add("x")), "x");
  assert.equal(await sequences.run(at(1n), add("b")), "ab");
  assert.equal(await sequences.run(at(1n, true), add("c")), "c");
  assert.equal(await sequences.run(at(1n, false, true), add("d")), "cd");
  assert.equal(sequences.size, 1);
  await assert.rejects(
    sequences.run(at(1n), add("e")),
    (error: unknown) =>
      isToolError(error, "INVALID_REQUEST") &&
      error.message ===
        "inference request for sequence 1 to model 'decoder' must specify the START flag on the first request of the sequence",
  );
});

test("no id and id 0 are refused in Triton's words", async () => {
  for (const position of [undefined, at(0n, true)]) {
    await assert.rejects(table().run(position, add("a")), {
      message:
        "inference request to model 'decoder' must specify a non-zero or non-empty correlation ID",
    });
  }
});

test("one request of a sequence at a time, in order, also after a failure", async (t) => {
  const sequences = table();
  t.after(() => sequences.close());
  const order: string[] = [];
  const slow = (name: string, ms: number) => async () => {
    order.push(`${name} begins`);
    await sleep(ms);
    order.push(`${name} ends`);
    if (name === "b") throw new Error("no");
  };
  const answers = [
    sequences.run(at(1n, true), slow("a", 20)),
    sequences.run(at(1n), slow("b", 1)),
    sequences.run(at(1n, false, true), slow("c", 1)),
  ];
  const settled = await Promise.allSettled(answers);
  assert.deepEqual(order, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("a silent sequence is forgotten, a busy one is not", async (t) => {
  const clock = { now: 0 };
  const sequences = table(clock);
  t.after(() => sequences.close());
  await sequences.run(at(1n, true), add("a"));
  clock.now = 900;
  assert.equal(await sequences.run(at(1n), add("b")), "ab");
  clock.now = 1950;
  await assert.rejects(sequences.run(at(1n), add("c")), /must specify the START flag/);
  assert.equal(sequences.size, 0);
});
