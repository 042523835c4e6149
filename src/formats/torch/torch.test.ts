/** Checkpoints put together by hand, right and wrong; those of real torch are in nemo.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countingSource } from "../../../test/support/counting-source.ts";
import * as p from "../../../test/support/pickle-writer.ts";
import { storedZip, type StoredZipEntry } from "../../../test/support/stored-zip.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { bytesSource } from "../../io/byte-source.ts";
import { readFloat32 } from "../../tensor/read-tensor.ts";
import type { StateDict, TensorView } from "../../tensor/tensor-view.ts";
import { readStateDict } from "./read.ts";

const floats = (...values: number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);
const SIX = floats(0, 1, 2, 3, 4, 5);

interface Parts {
  readonly prefix?: string;
  readonly extra?: readonly StoredZipEntry[];
  readonly data?: Uint8Array;
}

function checkpoint(
  root: Uint8Array,
  { prefix = "archive/", extra = [], data = SIX }: Parts = {},
): Uint8Array {
  return storedZip([
    { name: `${prefix}data.pkl`, content: p.pickle(root) },
    ...extra,
    { name: `${prefix}data/0`, content: data },
  ]);
}
const read = (bytes: Uint8Array): Promise<StateDict> => readStateDict(bytesSource(bytes, "w.ckpt"));
const one = (value: Uint8Array, name = "w"): Buffer => p.dict([p.text(name), value]);
const six = (shape: number[], strides: number[], offset = 0): Buffer =>
  p.tensor(p.storage("0", 6), offset, shape, strides);

async function valuesOf(bytes: Uint8Array): Promise<Record<string, number[]>> {
  const result: Record<string, number[]> = {};
  for (const [name, view] of await read(bytes)) result[name] = [...(await readFloat32(view))];
  return result;
}

test("a dictionary of views over one storage", async () => {
  const root = p.dict(
    [p.text("plain"), six([2, 3], [3, 1])],
    [p.text("transposed"), six([3, 2], [1, 3])],
    [p.text("part"), six([2], [2], 3)],
    [p.text("scalar"), six([], [], 5)],
    [p.text("empty"), six([0, 7], [7, 1], 6)],
    [p.text("expanded"), six([2, 2], [0, 1])],
  );
  assert.deepEqual(await valuesOf(checkpoint(root)), {
    plain: [0, 1, 2, 3, 4, 5],
    transposed: [0, 3, 1, 4, 2, 5],
    part: [3, 5],
    scalar: [5],
    empty: [],
    expanded: [0, 1, 0, 1],
  });
});

test("parameters, Lightning's nesting, extra state, no prefix, version and byte order", async () => {
  const parameter = p.call(
    p.global("torch._utils", "_rebuild_parameter"),
    six([6], [1]),
    p.FALSE,
    p.call(p.global("collections", "OrderedDict")),
  );
  const nested = p.dict(
    [p.text("epoch"), p.int(3)],
    [p.text("state_dict"), p.dict([p.text("w"), parameter], [p.text("x._extra_state"), p.NONE])],
  );
  const extra = [
    { name: "version", content: Buffer.from("3\n") },
    { name: "byteorder", content: Buffer.from("little") },
  ];
  assert.deepEqual(await valuesOf(checkpoint(nested, { prefix: "", extra })), {
    w: [0, 1, 2, 3, 4, 5],
  });
});

test("names and shapes of 16 MB of weights cost a few reads", async () => {
  const count = 4_000_000;
  const root = one(p.tensor(p.storage("0", count), 0, [count], [1]));
  const source = countingSource(bytesSource(checkpoint(root, { data: new Uint8Array(4 * count) })));
  const view = (await readStateDict(source)).get("w") as TensorView;
  assert.deepEqual(view.shape, [count]);
  assert.ok(source.bytesRead < 100_000, `${source.bytesRead} bytes`);
  const before = source.bytesRead;
  await view.storage.read(10, 20);
  assert.ok(source.bytesRead - before < 100);
});

test("untyped storages carry the element type beside them", async () => {
  const untyped = p.storage("0", 24, "UntypedStorage", "torch.storage");
  const rebuild = (dtype: string): Buffer =>
    p.call(
      p.global("torch._utils", "_rebuild_tensor_v3"),
      untyped,
      p.int(1),
      p.tuple(p.int(2)),
      p.tuple(p.int(1)),
      p.FALSE,
      p.call(p.global("collections", "OrderedDict")),
      p.global("torch", dtype),
    );
  assert.deepEqual(await valuesOf(checkpoint(one(rebuild("float32")))), { w: [1, 2] });
  assert.equal((await read(checkpoint(one(rebuild("int64"))))).get("w")?.storage.elementCount, 3);
  await assert.rejects(
    read(checkpoint(one(rebuild("FloatStorage")))),
    (e) => isToolError(e, "INVALID_FILE") && /element type/.test(e.message),
  );
});

function legacy(
  system: Uint8Array,
  root: Uint8Array,
  keys: Uint8Array,
  rest: Uint8Array,
): Uint8Array {
  const head = [p.long(0x1950a86a20f9469cfc6cn, 10), p.int(1001), system, root, keys].map((part) =>
    p.pickle(part),
  );
  return Buffer.concat([...head, rest]);
}
const LITTLE = p.dict([p.text("little_endian"), Buffer.from([0x88])]);
const BIG = p.dict([p.text("little_endian"), p.FALSE]);
const count = (value: number): Uint8Array => new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
const legacyTensor = (tail: Uint8Array = p.NONE): Buffer =>
  one(
    p.tensor(
      p.persistent(
        p.tuple(
          p.text("storage"),
          p.global("torch", "FloatStorage"),
          p.text("0"),
          p.text("cpu"),
          p.int(6),
          tail,
        ),
      ),
      0,
      [6],
      [1],
    ),
  );

test("the legacy stream, also with a pickle larger than the first window", async () => {
  const many = p.dict(
    ...Array.from({ length: 1500 }, (_, i) => [p.text(`w${i}`), six([6], [1])] as const),
  );
  assert.ok(many.length > 200_000);
  for (const root of [legacyTensor(), many]) {
    const weights = await valuesOf(
      legacy(LITTLE, root, p.list(p.text("0")), Buffer.concat([count(6), SIX])),
    );
    assert.deepEqual(Object.values(weights)[0], [0, 1, 2, 3, 4, 5]);
  }
});

const six6 = six([6], [1]);
const withRoot = (root: Uint8Array): Uint8Array => checkpoint(root);
type Code = "INVALID_FILE" | "UNSUPPORTED" | "LIMIT_EXCEEDED";
const refused: readonly (readonly [string, Uint8Array, RegExp, Code?, string?])[] = [
  ["not torch", Buffer.from("hello"), /not a torch checkpoint/],
  [
    "ancient tar form",
    Buffer.concat([Buffer.alloc(257), Buffer.from("ustar\0")]),
    /tar form/,
    "UNSUPPORTED",
  ],
  ["os.system", withRoot(p.call(p.global("os", "system"), p.text("id"))), /'os system'/],
  [
    "whole module",
    withRoot(p.persistent(p.tuple(p.text("module"), p.NONE))),
    /whole pickled module/,
  ],
  ["pickled class", withRoot(p.global("nemo.collections.asr.models", "X")), /whole pickled object/],
  ["quantized", withRoot(p.global("torch._utils", "_rebuild_qtensor")), /quantized/, "UNSUPPORTED"],
  ["quantized storage", withRoot(p.global("torch", "QInt8Storage")), /quantized/, "UNSUPPORTED"],
  ["complex", withRoot(p.global("torch", "ComplexFloatStorage")), /complex/, "UNSUPPORTED"],
  ["sparse", withRoot(p.global("torch._utils", "_rebuild_sparse_tensor")), /sparse/, "UNSUPPORTED"],
  [
    "sharded",
    withRoot(p.global("torch.distributed._shard.sharded_tensor.api", "ShardedTensor")),
    /sharded/,
    "UNSUPPORTED",
  ],
  ["not a dictionary", withRoot(p.list(six6)), /expected a dictionary of weights, got list/],
  ["not a tensor", withRoot(one(p.int(1))), /expected a tensor, got number/, "INVALID_FILE", "w"],
  [
    "shape past the storage",
    withRoot(one(six([7], [1]))),
    /reaches element 7 of 6/,
    "INVALID_FILE",
    "w",
  ],
  [
    "offset past the storage",
    withRoot(one(six([2], [1], 5))),
    /reaches element 7 of 6/,
    "INVALID_FILE",
    "w",
  ],
  [
    "stride past the storage",
    withRoot(one(six([2, 2], [5, 1]))),
    /reaches element 7 of 6/,
    "INVALID_FILE",
    "w",
  ],
  [
    "empty beyond the end",
    withRoot(one(six([0], [1], 7))),
    /reaches element 7 of 6/,
    "INVALID_FILE",
    "w",
  ],
  ["negative stride", withRoot(one(six([2], [-1], 3))), /strides .* \[-1\]/, "INVALID_FILE", "w"],
  ["negative offset", withRoot(one(six([2], [1], -1))), /offset -1/, "INVALID_FILE", "w"],
  ["negative size", withRoot(one(six([-2], [1]))), /shape .* \[-2\]/, "INVALID_FILE", "w"],
  [
    "sizes without strides",
    withRoot(one(six([2, 3], [3]))),
    /2 sizes and 1 strides/,
    "INVALID_FILE",
    "w",
  ],
  [
    "product out of range",
    withRoot(one(six([2 ** 30, 2 ** 30], [0, 0]))),
    /reaches/,
    "INVALID_FILE",
    "w",
  ],
  [
    "expansion bomb",
    withRoot(one(six([2 ** 20, 2 ** 20], [0, 0]))),
    /elements out of a storage of 6/,
    "LIMIT_EXCEEDED",
    "w",
  ],
  [
    "too many axes",
    withRoot(one(six(Array(65).fill(1), Array(65).fill(1)))),
    /65 sizes/,
    "INVALID_FILE",
    "w",
  ],
  [
    "text as size",
    withRoot(
      one(
        p.call(
          p.global("torch._utils", "_rebuild_tensor"),
          p.storage("0", 6),
          p.int(0),
          p.tuple(p.text("6")),
          p.tuple(p.int(1)),
        ),
      ),
    ),
    /shape that are not whole numbers from 0: \['6'\]/,
    "INVALID_FILE",
    "w",
  ],
  [
    "tensor without a storage",
    withRoot(one(p.tensor(p.NONE, 0, [6], [1]))),
    /without a storage/,
    "INVALID_FILE",
    "w",
  ],
  [
    "missing storage",
    withRoot(one(p.tensor(p.storage("9", 6), 0, [6], [1]))),
    /data\/9' should have 24 bytes, got none/,
    "INVALID_FILE",
    "w",
  ],
  [
    "storage key that climbs",
    withRoot(one(p.tensor(p.storage("../data.pkl", 6), 0, [6], [1]))),
    /got none/,
    "INVALID_FILE",
    "w",
  ],
  [
    "storage larger than its entry",
    withRoot(one(p.tensor(p.storage("0", 7), 0, [6], [1]))),
    /28 bytes, got 24/,
    "INVALID_FILE",
    "w",
  ],
  [
    "storage of another type",
    withRoot(one(p.tensor(p.storage("0", 6, "DoubleStorage"), 0, [6], [1]))),
    /48 bytes, got 24/,
    "INVALID_FILE",
    "w",
  ],
  ["persistent id of another form", withRoot(p.persistent(p.text("x"))), /persistent id/],
  ["storage that is no storage", withRoot(p.storage("0", 6, "Size")), /not a storage class/],
  [
    "big-endian",
    checkpoint(one(six6), { extra: [{ name: "archive/byteorder", content: Buffer.from("big") }] }),
    /byte order 'big'/,
    "UNSUPPORTED",
  ],
  [
    "future version",
    checkpoint(one(six6), { extra: [{ name: "archive/version", content: Buffer.from("99") }] }),
    /version '99'/,
    "UNSUPPORTED",
  ],
  [
    "two pickles",
    checkpoint(one(six6), { extra: [{ name: "b/data.pkl", content: SIX }] }),
    /one data\.pkl.* got 2/,
  ],
  ["no pickle", storedZip([{ name: "a", content: SIX }]), /got 0/],
  [
    "TorchScript",
    checkpoint(one(six6), { extra: [{ name: "archive/constants.pkl", content: SIX }] }),
    /TorchScript/,
    "UNSUPPORTED",
  ],
  ["legacy: wrong magic", p.pickle(p.long(0x1950a86a20f9469cfc6dn, 10)), /magic/],
  [
    "legacy: big-endian",
    legacy(BIG, legacyTensor(), p.list(p.text("0")), Buffer.concat([count(6), SIX])),
    /big-endian/,
    "UNSUPPORTED",
  ],
  [
    "legacy: other count",
    legacy(LITTLE, legacyTensor(), p.list(p.text("0")), Buffer.concat([count(7), SIX])),
    /6 elements, got 7/,
  ],
  [
    "legacy: cut short",
    legacy(LITTLE, legacyTensor(), p.list(p.text("0")), Buffer.concat([count(6), SIX.subarray(1)])),
    /only/,
  ],
  [
    "legacy: storage not listed",
    legacy(LITTLE, legacyTensor(), p.list(), new Uint8Array(0)),
    /got none/,
    "INVALID_FILE",
    "w",
  ],
  [
    "legacy: unknown storage",
    legacy(LITTLE, legacyTensor(), p.list(p.text("1")), new Uint8Array(0)),
    /list of storages/,
  ],
  [
    "legacy: view of a storage",
    legacy(LITTLE, legacyTensor(p.tuple()), p.list(p.text("0")), new Uint8Array(0)),
    /plain storage/,
  ],
];
for (const [what, bytes, says, code = "INVALID_FILE", name] of refused) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(
      read(bytes),
      (e) =>
        isToolError(e, code) &&
        says.test(e.message) &&
        e.at[0] === "w.ckpt" &&
        (name === undefined || e.at[1] === name),
    );
  });
}
