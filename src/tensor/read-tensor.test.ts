import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../errors/tool-error.ts";
import type { NumericDType } from "./dtype.ts";
import { bfloat16ToFloat, floatToHalf, halfToFloat } from "./half.ts";
import { memoryView } from "./memory-view.ts";
import { isContiguous, readFloat32, readTensor } from "./read-tensor.ts";
import { contiguousStrides, countElements } from "./shape.ts";
import type { Storage, TensorView } from "./tensor-view.ts";

async function collect(view: TensorView, target?: NumericDType): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readTensor(view, target)) {
    assert.ok(
      piece.byteLength > 0 && piece.byteLength <= 8 * 1024 * 1024,
      `${piece.byteLength} bytes`,
    );
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Slow and obvious: one element at a time. */
function reference(view: TensorView, data: ArrayLike<number>): number[] {
  const strides = contiguousStrides(view.shape);
  return Array.from({ length: countElements(view.shape) }, (_, position) => {
    let at = view.offset;
    view.shape.forEach((size, axis) => {
      at +=
        (Math.floor(position / (strides[axis] as number)) % size) * (view.strides[axis] as number);
    });
    return data[at] as number;
  });
}

const data = Float32Array.from({ length: 5040 }, (_, i) => i);
const base = memoryView("float32", data);
const strided: Record<string, Pick<TensorView, "shape" | "strides" | "offset">> = {
  scalar: { shape: [], strides: [], offset: 17 },
  "contiguous at an offset": { shape: [7, 11], strides: [11, 1], offset: 100 },
  transposed: { shape: [70, 72], strides: [1, 70], offset: 0 },
  permuted: { shape: [4, 5, 6, 7], strides: [7, 28, 840, 1], offset: 3 },
  "torch's permuted convolution": { shape: [8, 4, 33], strides: [4, 1, 32], offset: 0 },
  sliced: { shape: [10, 3], strides: [100, 2], offset: 5 },
  expanded: { shape: [3, 4, 2], strides: [0, 2, 1], offset: 9 },
  "axes of size one with odd strides": { shape: [1, 5, 1], strides: [999, 1, 77], offset: 0 },
  empty: { shape: [3, 0, 2], strides: [1, 1, 1], offset: 0 },
};
for (const [name, layout] of Object.entries(strided)) {
  test(`${name}: equals reading one element at a time, in types of 1, 2, 4 and 8 bytes`, async () => {
    const float: TensorView = { ...base, ...layout };
    assert.deepEqual([...(await readFloat32(float))], reference(float, data));
    const types = {
      uint8: new Uint8Array(data),
      int16: new Int16Array(data),
      int64: BigInt64Array.from(data, BigInt),
      float64: new Float64Array(data),
    } as const;
    for (const dtype of Object.keys(types) as (keyof typeof types)[]) {
      const view = { ...memoryView(dtype, types[dtype] as never), ...layout };
      const expected = reference(view, Array.from(types[dtype], Number));
      assert.deepEqual([...(await readFloat32(view))], expected, dtype);
      const raw = await collect(view);
      const Type = types[dtype].constructor as typeof Float64Array;
      assert.deepEqual(
        Array.from(new Type(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length)), Number),
        expected,
      );
    }
  });
}

test("contiguous and of the wanted type: the storage's own bytes pass through", async () => {
  const view = { ...base, shape: [5040], strides: [1], offset: 0 };
  for await (const piece of readTensor(view)) assert.equal(piece.buffer, data.buffer);
  assert.ok(isContiguous({ ...base, shape: [1, 5040], strides: [3, 1] }));
});

/** A storage that makes its elements (their own position) when they are read. */
function countingUp(elementCount: number): Storage & { reads: number; largest: number } {
  return {
    name: "up",
    dtype: "float32",
    elementCount,
    reads: 0,
    largest: 0,
    async read(start, end) {
      this.reads++;
      this.largest = Math.max(this.largest, end - start);
      const floats = new Float32Array(end - start);
      for (let i = 0; i < floats.length; i++) floats[i] = start + i;
      return new Uint8Array(floats.buffer);
    },
  };
}

test("a large contiguous tensor comes in pieces", async () => {
  const storage = countingUp(3_000_000);
  const view: TensorView = {
    dtype: "float32",
    shape: [3_000_000],
    strides: [1],
    offset: 0,
    storage,
  };
  const bytes = await collect(view);
  assert.equal(bytes.byteLength, 12_000_000);
  assert.equal(bytes.readFloatLE(4 * 2_999_999), 2_999_999);
  assert.ok(storage.largest <= 1024 * 1024);
});

test("a thin slice of a huge storage is read row by row", async () => {
  const storage = countingUp(10_000 * 1_000_000);
  const view: TensorView = {
    dtype: "float32",
    shape: [20, 2],
    strides: [2 ** 26, 3],
    offset: 8,
    storage,
  };
  const found = await readFloat32(view);
  assert.deepEqual(
    [...found],
    reference(view, new Proxy([], { get: (_, key) => Math.fround(Number(key)) })),
  );
  assert.deepEqual([storage.reads, storage.largest], [20, 4]);
});

test("a large transposed matrix is read once, not once a row", async () => {
  const storage = countingUp(2000 * 2100);
  const view: TensorView = {
    dtype: "float32",
    shape: [2100, 2000],
    strides: [1, 2100],
    offset: 0,
    storage,
  };
  const found = await readFloat32(view);
  assert.equal(found[2000 * 7 + 11], 7 + 11 * 2100);
  assert.equal(storage.reads, 1);
});

const bitsToFloat = (bits: number): number =>
  new Float32Array(Uint32Array.of(bits).buffer)[0] as number;

test("float32 to float16 agrees with the scalar rounding on a million bit patterns", async () => {
  const floats = Float32Array.from({ length: 1 << 20 }, (_, i) => bitsToFloat(i * 4093 + 12345));
  const bytes = await collect(memoryView("float32", floats), "float16");
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, floats.length);
  for (let i = 0; i < floats.length; i++) {
    const value = floats[i] as number;
    if (halves[i] !== floatToHalf(value))
      assert.fail(`${value}: ${halves[i]} instead of ${floatToHalf(value)}`);
  }
});

test("every half and bfloat16 becomes the right float", async () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const fromHalf = await readFloat32(memoryView("float16", bits));
  const fromBfloat = await readFloat32(memoryView("bfloat16", bits));
  for (let i = 0; i < 65536; i++) {
    assert.ok(Object.is(fromHalf[i], halfToFloat(i)), `half ${i}`);
    assert.ok(Object.is(fromBfloat[i], bfloat16ToFloat(i)), `bfloat16 ${i}`);
  }
});

test("integers, booleans and doubles become floats; misaligned bytes are copied", async () => {
  assert.deepEqual([...(await readFloat32(memoryView("bool", Uint8Array.of(0, 1))))], [0, 1]);
  assert.deepEqual([...(await readFloat32(memoryView("int8", Int8Array.of(-3, 4))))], [-3, 4]);
  assert.deepEqual(
    [...(await readFloat32(memoryView("float64", Float64Array.of(0.1, 1e300))))],
    [Math.fround(0.1), Infinity],
  );
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat32(1, 2.5, true);
  new DataView(bytes.buffer).setFloat32(5, -1, true);
  const storage: Storage = {
    name: "odd",
    dtype: "float32",
    elementCount: 2,
    read: async () => bytes.subarray(1),
  };
  const view: TensorView = { dtype: "float32", shape: [2], strides: [1], offset: 0, storage };
  const half = await collect(view, "float16");
  assert.deepEqual(
    [half.readUInt16LE(0), half.readUInt16LE(2)],
    [floatToHalf(2.5), floatToHalf(-1)],
  );
});

test("a misaligned Buffer, whose slice() would not copy", async () => {
  const bytes = Buffer.alloc(17, 0);
  bytes.writeFloatLE(2.5, 1);
  const storage: Storage = {
    name: "odd",
    dtype: "float32",
    elementCount: 4,
    read: async () => bytes.subarray(1),
  };
  const view: TensorView = { dtype: "float32", shape: [2, 2], strides: [1, 2], offset: 0, storage };
  assert.deepEqual([...(await readFloat32(view))], [2.5, 0, 0, 0]);
  assert.equal((await collect({ ...view, strides: [2, 1] }, "float16")).byteLength, 8);
});

test("another target is refused", async () => {
  await assert.rejects(collect(base, "int32"), (e) => isToolError(e, "UNSUPPORTED"));
});
