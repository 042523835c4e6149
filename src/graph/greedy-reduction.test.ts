import assert from "node:assert/strict";
import { test } from "node:test";
import { runOnnx } from "../../test/support/onnx.ts";
import { isToolError } from "../errors/tool-error.ts";
import { tensor } from "../tensor/tensor.ts";
import type { ModelGraph } from "../tensor/model-graph.ts";
import { GraphBuilder } from "./builder.ts";
import { appendGreedyReduction } from "./greedy-reduction.ts";

/** A model whose log-probabilities are its features: [B, 3, T] → [B, T, 3]. */
function model(opset: number): ModelGraph {
  const g = new GraphBuilder({ name: "am", opset });
  const x = g.input("audio_signal", "float32", ["B", 3, "T"]);
  g.output("logprobs", g.Transpose(x, [0, 2, 1]));
  return g.build();
}

for (const opset of [13, 17, 18, 21]) {
  test(`opset ${opset}: tokens, scores and lengths leave the graph`, async () => {
    const reduced = appendGreedyReduction(model(opset), { subsamplingFactor: 4 });
    assert.deepEqual(reduced.opsets, { "": opset });
    assert.deepEqual(
      reduced.inputs.map(({ name }) => name),
      ["audio_signal", "length"],
    );
    const outputs = await runOnnx(reduced, {
      audio_signal: tensor("float32", Float32Array.of(0, 9, 1, 8, 5, 3), [1, 3, 2]),
      length: tensor("int64", BigInt64Array.of(5n), [1]),
    });
    assert.deepEqual(outputs["TOKENS"], tensor("int32", Int32Array.of(2, 0), [1, 2]));
    assert.deepEqual(outputs["TOKEN_SCORES"], tensor("float32", Float32Array.of(5, 9), [1, 2]));
    assert.deepEqual(outputs["TOKENS_LENGTH"], tensor("int64", BigInt64Array.of(2n), [1]));
    assert.equal(Object.keys(outputs).length, 3);
  });
}

test("another kind of model is refused, and so is a reduced one", () => {
  const g = new GraphBuilder({ name: "bert" });
  g.output("logits", g.Cast(g.input("input_ids", "int64", ["B", "T"]), "float32"));
  for (const graph of [g.build(), appendGreedyReduction(model(17), { subsamplingFactor: 2 })]) {
    assert.throws(
      () => appendGreedyReduction(graph, { subsamplingFactor: 2 }),
      (error: unknown) => isToolError(error, "INVALID_GRAPH"),
    );
  }
});
