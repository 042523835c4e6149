import assert from "node:assert/strict";
import { test } from "node:test";
import { floatToHalf } from "./half.ts";
import { memoryView } from "./memory-view.ts";
import { readFloat32, readTensor } from "./read-tensor.ts";
import type { TensorView } from "./tensor-view.ts";

async function bytesOf(view: TensorView, dtype = view.dtype): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readTensor(view, dtype)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const six = memoryView("float32", Float32Array.of(0, 1, 2, 3, 4, 5), [2, 3]);

test("a transposed view is read in its own order", async () => {
  const view = { ...six, shape: [3, 2], strides: [1, 3] };
  assert.deepEqual([...(await readFloat32(view))], [0, 3, 1, 4, 2, 5]);
});

test("a slice with an offset and a repeated axis", async () => {
  const view = { ...six, shape: [2, 2], strides: [0, 2], offset: 1 };
  assert.deepEqual([...(await readFloat32(view))], [1, 3, 1, 3]);
});

test("a scalar, an empty view and one longer than a piece", async () => {
  assert.deepEqual([...(await readFloat32({ ...six, shape: [], strides: [], offset: 4 }))], [4]);
  assert.deepEqual([...(await readFloat32({ ...six, shape: [0, 3] }))], []);
  const long = Float32Array.from({ length: 600_001 }, (_, index) => index);
  assert.deepEqual(await readFloat32(memoryView("float32", long)), long);
  const turned = { ...memoryView("float32", long), shape: [2, 300_000], strides: [1, 2] };
  assert.equal((await readFloat32(turned))[300_001], 3);
});

test("halves, doubles and integers become floats", async () => {
  const values = [1, -2.5, 0.125];
  const halves = memoryView("float16", Uint16Array.from(values, floatToHalf));
  const brains = memoryView("bfloat16", Uint16Array.of(0x3f80, 0xc020, 0x3e00));
  const doubles = memoryView("float64", Float64Array.from(values));
  for (const view of [halves, brains, doubles])
    assert.deepEqual([...(await readFloat32(view))], values);
  assert.deepEqual(
    [...(await readFloat32(memoryView("int64", BigInt64Array.of(3n, -4n))))],
    [3, -4],
  );
});

test("floats become halves, int32 becomes int64", async () => {
  const halves = await bytesOf(memoryView("float32", Float32Array.of(1, 2049)), "float16");
  assert.deepEqual(
    [...new Uint16Array(new Uint8Array(halves).buffer)],
    [floatToHalf(1), floatToHalf(2048)],
  );
  const longs = await bytesOf(memoryView("int32", Int32Array.of(-1, 7)), "int64");
  assert.deepEqual([...new BigInt64Array(new Uint8Array(longs).buffer)], [-1n, 7n]);
});

test("bytes that do not lie on an element's boundary", async () => {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat32(1, 7, true);
  const storage = { ...six.storage, elementCount: 1, read: async () => bytes.subarray(1, 5) };
  assert.deepEqual([...(await readFloat32({ ...six, storage, shape: [1], strides: [1] }))], [7]);
});
