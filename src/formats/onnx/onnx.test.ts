import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { countingSource } from "../../../test/support/counting-source.ts";
import { scratchFolder } from "../../../test/support/scratch.ts";
import { runOnnx } from "../../../test/support/onnx.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { ModelProtoSchema, TensorProto_DataLocation, type ModelProto } from "../../gen/onnx_pb.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { printGraph } from "../../graph/print.ts";
import { MemorySink } from "../../io/byte-sink.ts";
import { bytesSource } from "../../io/byte-source.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import type { ModelGraph } from "../../tensor/model-graph.ts";
import { readFloat32 } from "../../tensor/read-tensor.ts";
import { tensor } from "../../tensor/tensor.ts";
import { readOnnx } from "./read.ts";
import { layOutOnnx, needsExternalData, writeOnnx } from "./write.ts";

const SIZE = 40;

/** y = relu(x · W) + 0.5 with a transposed weight, attributes of each kind, metadata. */
function sample(): ModelGraph {
  const g = new GraphBuilder({ name: "sample", metadata: { b: "2", a: "1" } });
  const x = g.input("x", "float32", ["B", SIZE]);
  const values = Float32Array.from({ length: SIZE * SIZE }, (_, index) => Math.sin(index));
  const view = memoryView("float32", values, [SIZE, SIZE]);
  const transposed = { ...view, strides: [1, SIZE] };
  const y = g.scope("layer", () => g.Relu(g.MatMul(x, g.weight("layer.weight", transposed))));
  const padded = g.Pad(g.Selu(y, { alpha: 1.5, gamma: 1 }), [0, 1, 0, 0], { mode: "reflect" });
  g.output("y", g.Add(padded, 0.5));
  return g.build();
}

async function written(graph: ModelGraph): Promise<Uint8Array> {
  const sink = new MemorySink();
  await writeOnnx(graph, sink);
  return sink.bytes();
}

const input = {
  x: tensor(
    "float32",
    Float32Array.from({ length: 2 * SIZE }, (_, index) => Math.cos(index)),
    [2, SIZE],
  ),
};

test("ONNX Runtime computes what the graph says", async () => {
  const { y } = await runOnnx(sample(), input);
  let sum = 0;
  for (let i = 0; i < SIZE; i++) sum += Math.cos(i) * Math.sin(3 * SIZE + i);
  const expected = (sum > 0 ? sum : 1.5 * (Math.exp(Math.max(sum, 0)) - 1)) + 0.5;
  assert.deepEqual(y?.shape, [2, SIZE + 1]);
  assert.ok(Math.abs((y?.data[4] as number) - expected) < 1e-4);
});

test("a graph survives writing and reading", async () => {
  const bytes = await written(sample());
  const read = await readOnnx(bytesSource(bytes));
  assert.equal(printGraph(read), printGraph(sample()));
  assert.deepEqual(await written(read), bytes);
  assert.equal((await readFloat32(read.initializers[0]!.view))[1], Math.fround(Math.sin(SIZE)));
});

test("reading leaves the weights where they are", async () => {
  const g = new GraphBuilder({ name: "wide" });
  const shape = [1000, 100];
  const view = memoryView("float32", new Float32Array(100_000), shape);
  const x = g.input("x", "float32", ["B", 1000]);
  const parts = Array.from({ length: 20 }, (_, i) => g.MatMul(x, g.weight(`weight.${i}`, view)));
  g.output("y", g.Concat(parts, 1));
  const source = countingSource(bytesSource(await written(g.build())));
  const { initializers } = await readOnnx(source);
  assert.equal(initializers.length, 20);
  assert.ok(
    source.bytesRead < 100_000,
    `${source.bytesRead} of ${source.sizeBytes} bytes were read`,
  );
});

test("weights beside the model are written on pages and read by name", async () => {
  const sink = new MemorySink();
  const data = new MemorySink();
  const layout = layOutOnnx(sample(), "model.data");
  await layout.writeModel(sink);
  await layout.writeExternal(data);
  assert.deepEqual([layout.modelBytes, layout.externalBytes], [sink.sizeBytes, data.sizeBytes]);
  assert.equal(data.sizeBytes, SIZE * SIZE * 4);
  assert.ok(sink.sizeBytes < 1000);
  const model = await readOnnx(bytesSource(sink.bytes()), {
    openExternalData: async (name) =>
      bytesSource(name === "model.data" ? data.bytes() : new Uint8Array()),
  });
  assert.deepEqual(await written(model), await written(sample()));
  await refused(readOnnx(bytesSource(sink.bytes())), "NOT_FOUND");
  const short = { openExternalData: async () => bytesSource(data.bytes().subarray(8)) };
  await refused(readOnnx(bytesSource(sink.bytes()), short), "INVALID_FILE");
});

test("ONNX Runtime finds the weights beside the model", async (t) => {
  const folder = scratchFolder(t);
  const [model, data] = [new MemorySink(), new MemorySink()];
  const layout = layOutOnnx(sample(), "weights.bin");
  await layout.writeModel(model);
  await layout.writeExternal(data);
  writeFileSync(path.join(folder, "model.onnx"), model.bytes());
  writeFileSync(path.join(folder, "weights.bin"), data.bytes());
  assert.deepEqual(
    await runOnnx(path.join(folder, "model.onnx"), input),
    await runOnnx(sample(), input),
  );
});

test("a graph over 1.9 GiB needs external data", async () => {
  const storage = {
    name: "huge",
    dtype: "float32",
    elementCount: 2 ** 29,
    read: async () => new Uint8Array(),
  } as const;
  const view = { dtype: "float32", shape: [2 ** 29], strides: [1], offset: 0, storage } as const;
  const graph = {
    ...sample(),
    initializers: [{ name: "w", dtype: "float32", shape: [2 ** 29], view } as const],
  };
  assert.ok(needsExternalData(graph));
  await refused(writeOnnx(graph, new MemorySink()), "UNSUPPORTED");
});

type Mutate = (model: ModelProto) => void;
const weightOf = (model: ModelProto) => model.graph!.initializer[0]!;

const HOSTILE: readonly [string, Mutate, ErrorCode][] = [
  ["no graph", (m) => void delete m.graph, "INVALID_FILE"],
  ["no opset", (m) => void (m.opsetImport = []), "INVALID_FILE"],
  ["a shape larger than the data", (m) => void (weightOf(m).dims = [1n << 40n]), "INVALID_FILE"],
  ["a negative size", (m) => void (weightOf(m).dims = [-1n]), "INVALID_FILE"],
  ["an unknown type", (m) => void (weightOf(m).dataType = 17), "UNSUPPORTED"],
  [
    "typed data that is missing",
    (m) => void (weightOf(m).rawData = new Uint8Array()),
    "INVALID_FILE",
  ],
  ["a node without operator", (m) => void (m.graph!.node[0]!.opType = ""), "INVALID_FILE"],
  ["an input of no type", (m) => void delete m.graph!.input[0]!.type, "UNSUPPORTED"],
  ...["../secret", "/etc/passwd", "a\\b", "", ".."].map((value): [string, Mutate, ErrorCode] => [
    `external data at ${value}`,
    (m) => {
      weightOf(m).dataLocation = TensorProto_DataLocation.EXTERNAL;
      weightOf(m).externalData = [
        { $typeName: "onnx.StringStringEntryProto", key: "location", value },
      ];
    },
    "INVALID_FILE",
  ]),
];

function plainModel(): ModelProto {
  const tensorType = {
    elemType: 1,
    shape: { dim: [{ value: { case: "dimParam", value: "B" } as const }] },
  };
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ version: 17n }],
    graph: {
      name: "g",
      node: [{ opType: "Add", input: ["x", "w"], output: ["y"] }],
      initializer: [{ name: "w", dataType: 1, dims: [2n], rawData: new Uint8Array(8) }],
      input: [{ name: "x", type: { tensorType } }],
      output: [{ name: "y", type: { tensorType } }],
    },
  });
}

for (const [name, mutate, code] of HOSTILE) {
  test(`refused: ${name}`, async () => {
    const model = plainModel();
    mutate(model);
    await refused(readOnnx(bytesSource(toBinary(ModelProtoSchema, model))), code);
  });
}

test("cut short anywhere, a model is refused or smaller, never a crash", async () => {
  const bytes = toBinary(ModelProtoSchema, plainModel());
  for (let length = 0; length < bytes.byteLength; length++) {
    await refused(readOnnx(bytesSource(bytes.subarray(0, length))), "INVALID_FILE");
  }
});

test("flipped bytes give a model or a ToolError", async () => {
  const bytes = toBinary(ModelProtoSchema, plainModel());
  for (let place = 0; place < bytes.byteLength; place++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const broken = Uint8Array.from(bytes);
      broken[place] = (broken[place] as number) ^ flip;
      await readOnnx(bytesSource(broken)).catch((error: unknown) =>
        assert.ok(isToolError(error), String(error)),
      );
    }
  }
});

test("typed lists, subgraphs, wide integers and weights among the inputs are understood", async () => {
  const model = plainModel();
  const graph = model.graph!;
  Object.assign(weightOf(model), { rawData: new Uint8Array(), floatData: [3, 4] });
  graph.initializer.push({
    ...weightOf(model),
    name: "i",
    dataType: 7,
    floatData: [],
    int64Data: [-1n, 5n],
  });
  graph.input.push({ ...graph.input[0]!, name: "w" });
  const attribute = {
    $typeName: "onnx.AttributeProto",
    f: 0,
    i: 0n,
    s: new Uint8Array(),
    floats: [],
    ints: [],
    strings: [],
    type: 5,
    refAttrName: "",
  } as const;
  graph.node[0]!.attribute = [
    { ...attribute, name: "body", g: { ...graph, node: [] } } as never,
    { ...attribute, name: "limit", type: 2, i: (1n << 63n) - 1n } as never,
  ];
  const bytes = toBinary(ModelProtoSchema, model);
  const read = await readOnnx(bytesSource(bytes));
  assert.deepEqual(
    read.inputs.map(({ name }) => name),
    ["x"],
  );
  assert.deepEqual([...(await readFloat32(read.initializers[0]!.view))], [3, 4]);
  assert.deepEqual([...(await readFloat32(read.initializers[1]!.view))], [-1, 5]);
  assert.ok(Object.values(read.nodes[0]!.attributes).every((value) => "encoded" in value));
  const again = await readOnnx(bytesSource(await written(read)));
  assert.deepEqual(again.nodes, read.nodes);
});

async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(isToolError(error, code), String(error));
    return true;
  });
}
