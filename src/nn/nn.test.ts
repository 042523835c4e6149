import assert from "node:assert/strict";
import { test } from "node:test";
import { runOnnx } from "../../test/support/onnx.ts";
import { isToolError } from "../errors/tool-error.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { memoryView } from "../tensor/memory-view.ts";
import { readFloat32 } from "../tensor/read-tensor.ts";
import { tensor } from "../tensor/tensor.ts";
import type { TensorView } from "../tensor/tensor-view.ts";
import { foldBatchNorm, foldWeightNorm, reshaped, scaled, transposed } from "./derived-view.ts";
import { Lengths } from "./lengths.ts";
import { Weights } from "./weights.ts";

const floats = (length: number, phase: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + phase));

const view = (shape: readonly number[], phase = 0): TensorView =>
  memoryView(
    "float32",
    floats(
      shape.reduce((a, b) => a * b, 1),
      phase,
    ),
    shape,
  );

async function read(of: TensorView): Promise<number[]> {
  return [...(await readFloat32(of))];
}

test("a weight is taken once, in its shape, as floats, and none is left", () => {
  const weights = new Weights(
    new Map([
      ["a", view([2, 3])],
      ["b", view([1])],
      ["steps", memoryView("int64", BigInt64Array.of(1n))],
    ]),
  );
  const refused = (action: () => unknown): void =>
    assert.throws(action, (error: unknown) => isToolError(error, "INVALID_CONFIG"));
  refused(() => weights.take("c", [1]));
  refused(() => weights.take("a", [3, 2]));
  refused(() => weights.take("steps", [1]));
  weights.take("a", [2, 3]);
  assert.throws(() => weights.take("a", [2, 3]), /bug/);
  assert.throws(
    () => weights.assertAllTaken([/^steps$/]),
    (error: unknown) =>
      isToolError(error, "INVALID_CONFIG") &&
      error.message.includes(": b") &&
      !error.message.includes("steps"),
  );
  weights.take("b", [1]);
  weights.assertAllTaken([/^steps$/]);
});

test("turned, scaled and reshaped views", async () => {
  const matrix = memoryView("float32", Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  assert.deepEqual(await read(transposed(matrix)), [1, 4, 2, 5, 3, 6]);
  assert.deepEqual(await read(transposed(scaled(matrix, 2))), [2, 8, 4, 10, 6, 12]);
  assert.deepEqual(await read(scaled(transposed(matrix), 2)), [2, 8, 4, 10, 6, 12]);
  const column = reshaped(transposed(matrix), [3, 1, 2]);
  assert.deepEqual(
    [column.shape, column.strides],
    [
      [3, 1, 2],
      [1, 1, 3],
    ],
  );
});

for (const [what, weight] of [
  ["contiguous", view([4, 3, 5])],
  ["strided", { ...view([5, 3, 4]), shape: [4, 3, 5], strides: [1, 4, 12] }],
  ["longer than a piece", view([4, 300, 300])],
] as const) {
  for (const bias of [undefined, view([4], 5)]) {
    test(`a ${what} convolution ${bias ? "with" : "without"} bias and its batch norm are one`, async () => {
      const norm = {
        weight: view([4], 1),
        bias: view([4], 2),
        mean: view([4], 3),
        variance: scaled(view([4], 0.5), 0),
        epsilon: 0.01,
      };
      const folded = foldBatchNorm(weight, bias, norm);
      const [w, b, original] = [
        await read(folded.weight),
        await read(folded.bias),
        await read(weight),
      ];
      const [gamma, beta, mean] = [
        await read(norm.weight),
        await read(norm.bias),
        await read(norm.mean),
      ];
      const own = bias === undefined ? [0, 0, 0, 0] : await read(bias);
      const size = original.length / 4;
      original.forEach((value, i) => {
        const s = gamma[Math.floor(i / size)]! / Math.sqrt(0.01);
        assert.ok(Math.abs(w[i]! - value * s) < 1e-5);
      });
      b.forEach((value, c) => {
        const expected = beta[c]! + (gamma[c]! / Math.sqrt(0.01)) * (own[c]! - mean[c]!);
        assert.ok(Math.abs(value - expected) < 1e-5);
      });
    });
  }
}

for (const [what, direction] of [
  ["contiguous", view([4, 3, 5])],
  ["strided", { ...view([5, 3, 4]), shape: [4, 3, 5], strides: [1, 4, 12] }],
  ["longer than a piece", view([4, 300, 300])],
] as const) {
  test(`a ${what} weight of direction and magnitude has rows of that magnitude`, async () => {
    const magnitude = view([4, 1, 1], 1);
    const folded = await read(foldWeightNorm(direction, magnitude));
    const [v, g] = [await read(direction), await read(magnitude)];
    const size = v.length / 4;
    g.forEach((length, row) => {
      const rowOf = (values: number[]): number[] => values.slice(row * size, (row + 1) * size);
      const original = rowOf(v);
      const norm = Math.sqrt(original.reduce((sum, x) => sum + x * x, 0));
      rowOf(folded).forEach((value, i) => {
        assert.ok(Math.abs(value - (original[i]! * length) / norm) < 1e-6);
      });
    });
  });
}

test("lengths behind strided layers are those of the convolution, and 0 stays 0", async () => {
  const layers = [
    { extent: 3, padding: 2, stride: 2 },
    { extent: 3, padding: 3, stride: 2 },
    { extent: 33, padding: 32, stride: 2 },
    { extent: 1, padding: 0, stride: 4 },
    { extent: 3, padding: 2, stride: 1 },
  ];
  const g = new GraphBuilder({ name: "lengths" });
  const lengths = new Lengths(g, g.input("length", "int64", ["B"]));
  layers.forEach((layer, i) => g.output(`l${i}`, lengths.after(layer).value));
  const values = [0, 1, 2, 3, 7, 8, 100];
  const outputs = await runOnnx(g.build(), {
    length: tensor("int64", BigInt64Array.from(values, BigInt)),
  });
  layers.forEach(({ extent, padding, stride }, i) => {
    const expected = values.map((n) =>
      n === 0 && padding < 3 ? 0 : Math.floor((n + padding - extent) / stride) + 1,
    );
    assert.deepEqual([...outputs[`l${i}`]!.data].map(Number), expected, JSON.stringify(layers[i]));
  });
});
