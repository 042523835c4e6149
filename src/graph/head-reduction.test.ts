/** Logits reduced inside of the graph, computed by ONNX Runtime and compared with plain loops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runOnnx } from "../../test/support/onnx.ts";
import { isToolError } from "../errors/tool-error.ts";
import type { ModelGraph } from "../tensor/model-graph.ts";
import { tensor } from "../tensor/tensor.ts";
import { GraphBuilder } from "./builder.ts";
import { appendHeadReductions } from "./head-reduction.ts";

const OPSETS = [13, 17, 18];
const [ROWS, TOKENS, CLASSES] = [2, 5, 3] as const;
const VALUES = Float32Array.from(
  { length: ROWS * TOKENS * CLASSES },
  (_, i) => Math.sin(7 * i) * 4,
);

/** Hands its input on as logits. */
function network(opset: number, classes: number = CLASSES): ModelGraph {
  const g = new GraphBuilder({ name: "network", opset });
  g.output("logits", g.Mul(g.input("x", "float32", ["B", "T", classes]), g.constant("float32", 1)));
  return g.build();
}

const at = (data: ArrayLike<number>, row: number, token: number, value: number): number =>
  data[(row * TOKENS + token) * CLASSES + value] as number;

function softmax(row: number, token: number): number[] {
  const powers = [0, 1, 2].map((value) => Math.exp(at(VALUES, row, token, value)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

for (const opset of OPSETS) {
  test(`opset ${opset}: probabilities and labels`, async () => {
    const graph = appendHeadReductions(network(opset), [
      { kind: "probabilities", logits: "logits", name: "P" },
      { kind: "labels", logits: "logits" },
    ]);
    assert.deepEqual(
      graph.outputs.map(({ name }) => name),
      ["P", "TOKEN_LABELS", "TOKEN_SCORES"],
    );
    const x = tensor("float32", VALUES, [ROWS, TOKENS, CLASSES]);
    const { P, TOKEN_LABELS, TOKEN_SCORES } = await runOnnx(graph, { x });
    assert.equal(TOKEN_LABELS?.dtype, "int32");
    for (let row = 0; row < ROWS; row++) {
      for (let token = 0; token < TOKENS; token++) {
        const expected = softmax(row, token);
        const best = expected.indexOf(Math.max(...expected));
        expected.forEach((share, value) =>
          assert.ok(Math.abs(at(P?.data as Float32Array, row, token, value) - share) < 1e-6),
        );
        assert.equal(TOKEN_LABELS?.data[row * TOKENS + token], best);
        const score = Number(TOKEN_SCORES?.data[row * TOKENS + token]);
        assert.ok(Math.abs(score - (expected[best] ?? 0)) < 1e-6);
      }
    }
  });

  test(`opset ${opset}: the best starts and ends of answers`, async () => {
    const graph = appendHeadReductions(network(opset, 2), [
      { kind: "answers", logits: "logits", count: 3 },
    ]);
    const data = VALUES.slice(0, 2 * 7 * 2);
    const outputs = await runOnnx(graph, { x: tensor("float32", data, [2, 7, 2]) });
    ["START", "END"].forEach((name, column) => {
      for (let row = 0; row < 2; row++) {
        const logits = Array.from({ length: 7 }, (_, i) => data[(row * 7 + i) * 2 + column] ?? 0);
        const order = logits.map((_, i) => i).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
        const part = (tensorName: string): unknown[] => [
          ...(outputs[tensorName]?.data.slice(3 * row, 3 * row + 3) ?? []),
        ];
        assert.deepEqual(part(`${name}_INDEXES`), order.slice(0, 3));
        assert.deepEqual(
          part(`${name}_LOGITS`),
          order.slice(0, 3).map((i) => logits[i]),
        );
      }
    });
    assert.deepEqual(
      [...(outputs["NULL_LOGITS"]?.data ?? [])],
      [data[0], data[1], data[14], data[15]],
    );
  });
}

test("other graphs are refused, with what they have", () => {
  const message = (name: string) => (error: unknown) =>
    isToolError(error, "INVALID_GRAPH") && error.message.includes(name);
  assert.throws(
    () => appendHeadReductions(network(17), [{ kind: "labels", logits: "slot_logits" }]),
    message("logits (float32 [B, T, 3])"),
  );
  const reduced = appendHeadReductions(network(17), [{ kind: "labels", logits: "logits" }]);
  assert.throws(
    () => appendHeadReductions(reduced, [{ kind: "labels", logits: "TOKEN_SCORES" }]),
    message("TOKEN_SCORES"),
  );
});
