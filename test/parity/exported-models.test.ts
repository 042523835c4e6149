/** Models that NeMo itself exported: read, edited and written by us, run by ONNX Runtime. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import { readOnnx } from "../../src/formats/onnx/read.ts";
import { appendGreedyReduction } from "../../src/graph/greedy-reduction.ts";
import { bytesSource } from "../../src/io/byte-source.ts";
import type { Tensors } from "../../src/tensor/tensor.ts";
import { assertClose } from "../support/compare.ts";
import { openNemoFixture } from "../support/nemo-fixtures.ts";
import { onnxBytes, onnxSession, runOnnx } from "../support/onnx.ts";
import { projectRoot } from "../support/paths.ts";

/** With one input and with two; the factor is that of the encoder. */
const MODELS = [
  ["quartznet-char", 2],
  ["citrinet-wpe", 2],
] as const;

for (const [name, subsamplingFactor] of MODELS) {
  const fixture = await openNemoFixture(name);
  const bytes = readFileSync(path.join(projectRoot, "test/fixtures/nemo", name, "model.onnx"));
  const ours = (await convertCheckpoint(fixture.checkpoint)).graphs[0]!.graph;
  const exported = await readOnnx(bytesSource(bytes));

  test(`${name}: written again, NeMo's export computes the same`, async () => {
    const [before, after] = [await onnxSession(bytes), await onnxSession(exported)];
    assert.deepEqual(
      [after.inputNames, after.outputNames],
      [before.inputNames, before.outputNames],
    );
    const inputs = inputsOf("b", before.inputNames);
    assert.deepEqual(await after.run(inputs), await before.run(inputs));
  });

  for (const [whose, graph] of [
    ["NeMo's", exported],
    ["our", await readOnnx(bytesSource(await onnxBytes(ours)))],
  ] as const) {
    test(`${name}: the tokens that leave ${whose} graph are the most probable ones`, async () => {
      const reduced = appendGreedyReduction(graph, { subsamplingFactor });
      for (const set of ["a", "b", "c"]) {
        const outputs = await runOnnx(reduced, inputsOf(set, ["audio_signal", "length"]));
        const logprobs = fixture.io[`${set}.logprobs`]!;
        const classes = logprobs.shape[2]!;
        const rows = logprobs.data.length / classes;
        const best = Float32Array.from({ length: rows }, (_, row) =>
          Math.max(...(logprobs.data as Float32Array).subarray(row * classes, (row + 1) * classes)),
        );
        const shape = logprobs.shape.slice(0, 2);
        assertClose(outputs["TOKEN_SCORES"], { dtype: "float32", shape, data: best }, 1e-4, set);
        const tokens = outputs["TOKENS"]!;
        assert.deepEqual([tokens.dtype, tokens.shape], ["int32", shape]);
        tokens.data.forEach((token, row) => {
          const score = Number(logprobs.data[row * classes + Number(token)]);
          assert.ok(Math.abs(score - best[row]!) < 1e-4, `${set}: row ${row}`);
        });
        const encoded = fixture.io[`${set}.encoded_len`]!;
        assert.deepEqual(outputs["TOKENS_LENGTH"], encoded, `${set}: lengths`);
      }
    });
  }

  function inputsOf(set: string, names: readonly string[]): Tensors {
    const all: Tensors = {
      audio_signal: fixture.io[`${set}.features`]!,
      length: fixture.io[`${set}.features_len`]!,
    };
    return Object.fromEntries(names.map((input) => [input, all[input]!]));
  }
}
