/** The reduction for beam search, run by ONNX Runtime. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../test/support/cut.ts";
import { runOnnx } from "../../test/support/onnx.ts";
import { topFrames } from "../decoding/beam/frames.ts";
import { isToolError } from "../errors/tool-error.ts";
import { tensor } from "../tensor/tensor.ts";
import type { ModelGraph } from "../tensor/model-graph.ts";
import { appendGreedyReduction } from "./greedy-reduction.ts";
import { GraphBuilder } from "./builder.ts";
import { appendTopKReduction } from "./top-k-reduction.ts";

const CLASSES = 9;
const BLANK = CLASSES - 1;

/** A model whose log-probabilities are its features: [B, 9, T] → [B, T, 9]. */
function model(opset: number): ModelGraph {
  const g = new GraphBuilder({ name: "am", opset });
  const x = g.input("audio_signal", "float32", ["B", CLASSES, "T"]);
  g.output("logprobs", g.Transpose(x, [0, 2, 1]));
  return g.build();
}

for (const opset of [13, 17, 21]) {
  test(`opset ${opset}: what the search needs leaves the graph`, async () => {
    const random = seededRandom(opset);
    const steps = 5;
    // Few different values, so that some are equal: the lower token comes first.
    const matrix = Float32Array.from({ length: steps * CLASSES }, () => -Math.floor(6 * random()));
    const features = new Float32Array(matrix.length);
    matrix.forEach((value, n) => {
      features[(n % CLASSES) * steps + Math.floor(n / CLASSES)] = value;
    });
    const inputs = {
      audio_signal: tensor("float32", features, [1, CLASSES, steps]),
      length: tensor("int64", BigInt64Array.of(17n), [1]),
    };
    const options = { subsamplingFactor: 4, topTokens: 4, blank: BLANK };
    const outputs = await runOnnx(appendTopKReduction(model(opset), options), inputs);
    const greedy = await runOnnx(appendGreedyReduction(model(opset), options), inputs);
    const expected = topFrames(matrix, { vocabularySize: CLASSES, width: 4, blank: BLANK });
    assert.deepEqual(outputs, {
      TOKENS: greedy["TOKENS"],
      TOP_TOKENS: tensor("int32", expected.tokens, [1, steps, 4]),
      TOP_SCORES: tensor("float32", expected.scores, [1, steps, 4]),
      BLANK_SCORES: tensor("float32", expected.blankScores, [1, steps]),
      TOKENS_LENGTH: tensor("int64", BigInt64Array.of(5n), [1]),
    });
  });
}

test("a graph of other classes than the vocabulary has is refused", () => {
  assert.throws(
    () => appendTopKReduction(model(17), { subsamplingFactor: 4, topTokens: 4, blank: 5 }),
    (error: unknown) => isToolError(error, "INVALID_GRAPH") && error.message.includes("9 classes"),
  );
});
