import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isToolError } from "../../../errors/tool-error.ts";
import { type Tensor, tensor, type Tensors } from "../../../tensor/tensor.ts";
import { Batcher, type BatchExecutor, type BatchingPolicy } from "./batcher.ts";

const policy: BatchingPolicy = {
  maxBatchSize: 4,
  preferredSizes: [4],
  maxDelayMs: 0,
  maxQueueSize: 0,
};

/** Doubles its input after `ms`; remembers the batch sizes. */
function doubler(ms: number, concurrency = 1): BatchExecutor & { sizes: number[] } {
  const sizes: number[] = [];
  return {
    model: "double",
    concurrency,
    sizes,
    run: async ({ X }) => {
      assert.ok(X?.dtype === "float32");
      sizes.push(X.shape[0] ?? -1);
      await sleep(ms);
      return {
        Y: tensor(
          "float32",
          X.data.map((value) => 2 * value),
          X.shape,
        ),
      };
    },
  };
}

const row = (...values: number[]): Tensors => ({
  X: tensor("float32", Float32Array.from(values), [1, values.length]),
});

const result = (outputs: Tensors): number[] => [...((outputs["Y"] as Tensor).data as Float32Array)];

test("what waits while a batch runs becomes one batch, and everybody gets his own rows", async () => {
  const executor = doubler(5);
  const batcher = new Batcher(executor, policy);
  const answers = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((value) => batcher.submit({ inputs: row(value, -value) })),
  );
  assert.deepEqual(
    answers.map(result),
    [1, 2, 3, 4, 5, 6].map((v) => [2 * v, -2 * v]),
  );
  assert.deepEqual(executor.sizes, [1, 4, 1]);
});

test("other shapes do not join", async () => {
  const executor = doubler(5);
  const batcher = new Batcher(executor, policy);
  const inputs = [row(1), row(1, 2), row(3), row(3, 4), row(5)];
  const answers = await Promise.all(inputs.map((input) => batcher.submit({ inputs: input })));
  assert.deepEqual(answers.map(result), [[2], [2, 4], [6], [6, 8], [10]]);
  assert.deepEqual(executor.sizes, [1, 2, 2]);
});

test("a delay waits for others, a preferred size does not", async () => {
  const executor = doubler(0, 4);
  const batcher = new Batcher(executor, { ...policy, preferredSizes: [2], maxDelayMs: 60 });
  const since = performance.now();
  await Promise.all([batcher.submit({ inputs: row(1) }), batcher.submit({ inputs: row(2) })]);
  assert.ok(performance.now() - since < 50, "the pair left at once");
  const alone = performance.now();
  await batcher.submit({ inputs: row(3) });
  assert.ok(performance.now() - alone >= 59, "the single one waited");
  assert.deepEqual(executor.sizes, [2, 1]);
});

test("cancelled requests leave the queue, a full queue refuses, closing drains", async () => {
  const executor = doubler(20);
  const batcher = new Batcher(executor, { ...policy, maxBatchSize: 1, maxQueueSize: 2 });
  const abort = new AbortController();
  const first = batcher.submit({ inputs: row(1) });
  const second = batcher.submit({ inputs: row(2), signal: abort.signal });
  const third = batcher.submit({ inputs: row(3) });
  const refused = batcher.submit({ inputs: row(4) });
  abort.abort();
  await assert.rejects(refused, (error: unknown) => isToolError(error, "UNAVAILABLE"));
  await assert.rejects(second, (error: unknown) => isToolError(error, "CANCELLED"));
  const closed = batcher.close();
  await assert.rejects(batcher.submit({ inputs: row(5) }), (error: unknown) =>
    isToolError(error, "UNAVAILABLE"),
  );
  assert.deepEqual([result(await first), result(await third)], [[2], [6]]);
  await closed;
  assert.deepEqual(executor.sizes, [1, 1]);
});

test("a model that does not batch is told so, a failing one fails all of the batch", async () => {
  const wrong: BatchExecutor = {
    model: "wrong",
    concurrency: 1,
    run: async () => ({ Y: tensor("float32", Float32Array.of(1), [1, 1]) }),
  };
  const batcher = new Batcher(wrong, { ...policy, preferredSizes: [2], maxDelayMs: 1000 });
  const both = [batcher.submit({ inputs: row(1) }), batcher.submit({ inputs: row(2) })];
  for (const answer of both) await assert.rejects(answer, /1 rows for a batch of 2/);
});
