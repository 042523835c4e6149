import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../errors/tool-error.ts";
import { memoryView } from "../tensor/memory-view.ts";
import type { Dim } from "../tensor/model-graph.ts";
import { GraphBuilder } from "./builder.ts";
import { checkGraph } from "./check.ts";
import { printGraph } from "./print.ts";
import type { Value } from "./value.ts";

type Make = (g: GraphBuilder, x: Value) => Value;

const weight = (g: GraphBuilder, name: string, shape: number[]): Value =>
  g.weight(name, memoryView("float32", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape));

const conv =
  (shape: number[], options: Parameters<GraphBuilder["Conv"]>[2] = {}): Make =>
  (g, x) =>
    g.Conv(x, weight(g, "w", shape), options);

/** op, input shape, result's shape */
const GOOD: readonly [string, readonly Dim[], Make, readonly Dim[]][] = [
  ["Add broadcasts", ["B", 1, "T"], (g, x) => g.Add(x, weight(g, "w", [4, 1])), ["B", 4, "T"]],
  ["a number is a scalar", ["B", "T"], (g, x) => g.Mul(x, 0.5), ["B", "T"]],
  ["MatMul", ["B", "T", 8], (g, x) => g.MatMul(x, weight(g, "w", [8, 3])), ["B", "T", 3]],
  ["Conv same", ["B", 4, "T"], conv([6, 4, 3], { pads: [1, 1] }), ["B", 6, "T"]],
  [
    "Conv stride",
    ["B", 4, "T"],
    conv([6, 4, 3], { pads: [1, 1], strides: [2] }),
    ["B", 6, "(T-1)//2+1"],
  ],
  ["Conv dilated", ["B", 4, 20], conv([4, 1, 3], { group: 4, dilations: [2] }), ["B", 4, 16]],
  [
    "Conv2d",
    [1, 1, 10, 9],
    conv([2, 1, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }),
    [1, 2, 5, 5],
  ],
  [
    "ConvTranspose",
    ["B", 4, "T"],
    (g, x) => g.ConvTranspose(x, weight(g, "w", [4, 2, 16]), { strides: [8], pads: [4, 4] }),
    ["B", 2, "8*T"],
  ],
  [
    "ConvTranspose of an odd rest",
    ["B", 4, "T"],
    (g, x) => g.ConvTranspose(x, weight(g, "w", [4, 2, 5]), { strides: [2], pads: [1, 1] }),
    ["B", 2, "2*T+1"],
  ],
  ["CumSum", ["B", "T"], (g, x) => g.CumSum(x, 1), ["B", "T"]],
  [
    "GatherND in batches",
    ["B", "T", 3],
    (g, x) => g.GatherND(x, g.input("i", "int64", ["B", "N", 1]), 1),
    ["B", "N", 3],
  ],
  ["Reshape merges", ["B", "T", 4, 5], (g, x) => g.Reshape(x, [0, 0, -1]), ["B", "T", 20]],
  ["Reshape splits", ["B", "T", 20], (g, x) => g.Reshape(x, [0, 0, 4, -1]), ["B", "T", 4, 5]],
  ["Reshape moves a symbol", ["B", 8, "T"], (g, x) => g.Reshape(x, [-1, 8, 1]), ["B*T", 8, 1]],
  ["Slice", ["B", 10], (g, x) => g.Slice(x, [{ axis: 1, start: 2, end: -1 }]), ["B", 7]],
  ["Concat", ["B", "T"], (g, x) => g.Concat([x, x], 1), ["B", "T+T"]],
  ["Pad", ["B", "T"], (g, x) => g.Pad(x, [0, 3, 0, 1]), ["B", "T+4"]],
  [
    "ReduceMean keeps",
    ["B", 3, "T"],
    (g, x) => g.ReduceMean(x, { axes: [-1], keepdims: true }),
    ["B", 3, 1],
  ],
  ["ArgMax drops", ["B", "T", 5], (g, x) => g.ArgMax(x, { axis: -1, keepdims: false }), ["B", "T"]],
  ["Split", ["B", 6], (g, x) => g.Split(x, [2, 4], 1)[1] as Value, ["B", 4]],
  [
    "MaxPool ceil",
    [1, 1, 5, 4],
    (g, x) => g.MaxPool(x, { kernelShape: [2, 2], strides: [2, 2], ceilMode: true }),
    [1, 1, 3, 2],
  ],
];

for (const [name, shape, make, expected] of GOOD) {
  test(`shape: ${name}`, () => {
    const g = new GraphBuilder({ name: "t" });
    assert.deepEqual(make(g, g.input("x", "float32", shape)).shape, expected);
  });
}

const BAD: readonly [string, readonly Dim[], Make, RegExp][] = [
  ["Add", ["B", 3], (g, x) => g.Add(x, weight(g, "w", [4])), /Add.*\[B, 3\].*\[4\]/],
  ["Add of different symbols", ["B", "T"], (g, x) => g.Add(x, g.Transpose(x, [1, 0])), /Add/],
  ["MatMul", ["B", 3], (g, x) => g.MatMul(x, weight(g, "w", [4, 2])), /MatMul/],
  ["Conv channels", ["B", 3, "T"], conv([8, 4, 1]), /Conv.*\[B, 3, T\].*\[8, 4, 1\]/],
  [
    "Conv bias",
    ["B", 4, "T"],
    (g, x) => g.Conv(x, weight(g, "w", [8, 4, 1]), { bias: weight(g, "b", [7]) }),
    /bias/,
  ],
  [
    "ConvTranspose channels",
    ["B", 3, "T"],
    (g, x) => g.ConvTranspose(x, weight(g, "w", [4, 2, 4]), { strides: [2], pads: [1, 1] }),
    /ConvTranspose.*\[B, 3, T\].*\[4, 2, 4\]/,
  ],
  [
    "GatherND of other batches",
    [2, "T"],
    (g, x) => g.GatherND(x, g.input("i", "int64", [3, "N", 1]), 1),
    /GatherND/,
  ],
  ["Transpose", ["B", 3], (g, x) => g.Transpose(x, [0, 0]), /permute/],
  ["Reshape", [2, 3], (g, x) => g.Reshape(x, [4, 2]), /reshape|multiple/],
  ["Split", ["B", 6], (g, x) => g.Split(x, [2, 2], 1)[0] as Value, /split/],
  ["axis", ["B", 6], (g, x) => g.Softmax(x, 2), /axis 2/],
  ["And of floats", ["B", 6], (g, x) => g.And(x, x), /bool/],
];

for (const [name, shape, make, message] of BAD) {
  test(`refused: ${name}`, () => {
    const g = new GraphBuilder({ name: "t" });
    const x = g.input("x", "float32", shape);
    assert.throws(
      () => g.scope("encoder", () => g.scope("layers/3", () => make(g, x))),
      (error: unknown) =>
        isToolError(error, "INVALID_GRAPH") &&
        message.test(error.message) &&
        error.at[0] === "encoder/layers/3",
    );
  });
}

test("names follow scopes; small constants are shared; unused nodes are dropped", () => {
  const g = new GraphBuilder({ name: "tiny" });
  const x = g.input("x", "float32", ["B", 2]);
  const y = g.scope("encoder/ff", () => {
    g.Exp(x);
    const scaled = g.Mul(g.MatMul(x, weight(g, "encoder.ff.weight", [2, 3])), 0.5);
    return g.Mul(g.Relu(scaled), 0.5);
  });
  g.output("y", y);
  g.output("same", y);
  const graph = g.build();
  checkGraph(graph);
  assert.equal(
    printGraph(graph),
    `graph tiny (ir 8, onnx 17)
input x: float32 [B, 2]
weight encoder.ff.weight: float32 [2, 3]
weight float32(0.5): float32 []
encoder/ff/MatMul = MatMul(x, encoder.ff.weight)
encoder/ff/Mul = Mul(encoder/ff/MatMul, float32(0.5))
encoder/ff/Relu = Relu(encoder/ff/Mul)
y = Mul(encoder/ff/Relu, float32(0.5))
same = Identity(y)
output y: float32 [B, 3]
output same: float32 [B, 3]
`,
  );
});

test("the checker notices useless and missing values", () => {
  const g = new GraphBuilder({ name: "t" });
  const x = g.input("x", "float32", ["B"]);
  g.output("y", g.Exp(x));
  const graph = g.build();
  const node = graph.nodes[0]!;
  const bad = [
    { ...graph, inputs: [...graph.inputs, { name: "z", dtype: "float32", shape: [] } as const] },
    { ...graph, nodes: [{ ...node, inputs: ["nowhere"] }] },
    { ...graph, nodes: [node, node] },
    { ...graph, outputs: [{ ...graph.outputs[0]!, name: "other" }] },
  ];
  for (const broken of bad)
    assert.throws(
      () => checkGraph(broken),
      (e: unknown) => isToolError(e, "INVALID_GRAPH"),
    );
});

test("an opset outside the range is refused", () => {
  assert.throws(
    () => new GraphBuilder({ name: "t", opset: 12 }),
    (e: unknown) => isToolError(e, "UNSUPPORTED"),
  );
});
