/** Our graphs of language models in ONNX Runtime against what NeMo computed from the same ids. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import type { ModelGraph, ValueInfo } from "../../src/tensor/model-graph.ts";
import type { Tensor, Tensors } from "../../src/tensor/tensor.ts";
import { assertClose } from "../support/compare.ts";
import {
  openLanguageModel,
  readLanguageIo,
  readMeta,
  type RecordedGraph,
} from "../support/language-fixtures.ts";
import { onnxSession, runOnnx } from "../support/onnx.ts";

/** NeMo's own exports differ from torch by up to 1e-5 on these models. */
const TOLERANCE = 1e-4;

const MODELS = [
  "pc-bert",
  "pc-bert-legacy",
  "pc-distilbert",
  "isc-bert",
  "isc-bert-relu",
  "tkc-bert",
  "tkc-albert",
  "tkc-spe",
  "qa-bert",
  "qa-bert-log",
  "qa-bertqa",
  "tc-bert",
  "tc-roberta",
  "glue-mrpc",
  "glue-stsb",
];

async function graphOf(name: string, opset?: number): Promise<ModelGraph> {
  const options = opset === undefined ? {} : { opset };
  const { architecture, graphs } = await convertCheckpoint(await openLanguageModel(name), options);
  assert.equal(architecture, "bert");
  assert.deepEqual(
    graphs.map(({ artifactName }) => artifactName),
    ["model_graph.onnx"],
  );
  return graphs[0]!.graph;
}

async function assertComputes(graph: ModelGraph, io: Tensors): Promise<void> {
  const session = await onnxSession(graph);
  for (const set of ["set0", "set1", "set2"]) {
    const inputs = session.inputNames.map((input) => [input, io[`${set}.${input}`]!]);
    const outputs = await session.run(Object.fromEntries(inputs) as Tensors);
    for (const name of session.outputNames)
      assertClose(outputs[name], io[`${set}.${name}`], TOLERANCE, `${set}.${name}`);
  }
}

for (const name of MODELS) {
  test(`${name}: one row, a padded batch and a short row as NeMo computes them`, async () => {
    await assertComputes(await graphOf(name), readLanguageIo(name));
  });

  const { onnx } = readMeta(name);
  if (onnx === undefined) continue;
  test(`${name}: inputs and outputs are those of NeMo's export`, async () => {
    assertSameSignature(await graphOf(name), onnx);
  });
}

for (const opset of [13, 16, 18, 21]) {
  test(`opset ${opset} computes the same`, async () => {
    for (const name of ["qa-bert-log", "tc-roberta"])
      await assertComputes(await graphOf(name, opset), readLanguageIo(name));
  });
}

const NMT_PARTS = ["encoder", "decoder", "log_softmax"] as const;

async function translationGraphs(): Promise<Record<(typeof NMT_PARTS)[number], ModelGraph>> {
  const { graphs } = await convertCheckpoint(await openLanguageModel("nmt"));
  assert.deepEqual(
    graphs.map(({ artifactName }) => artifactName),
    NMT_PARTS.map((part) => `${part}_model_graph.onnx`),
  );
  return Object.fromEntries(NMT_PARTS.map((part, i) => [part, graphs[i]!.graph])) as never;
}

test("nmt: encoder and log-probabilities as NeMo computes them", async () => {
  const { encoder, log_softmax: head } = await translationGraphs();
  const io = readLanguageIo("nmt");
  for (const set of ["set0", "set1", "set2"]) {
    const encoded = await runOnnx(encoder, {
      input_ids: io[`${set}.src`]!,
      encoder_mask: io[`${set}.src_mask`]!,
    });
    assertClose(encoded["last_hidden_states"], io[`${set}.encoder_hidden`], TOLERANCE, set);
    const { log_probs: logProbs } = await runOnnx(head, {
      hidden_states: io[`${set}.decoder_hidden`]!,
    });
    assertClose(logProbs, io[`${set}.log_probs`], TOLERANCE, set);
  }
});

test("nmt: the decoder, token by token, comes to the states of NeMo", async () => {
  const session = await onnxSession((await translationGraphs()).decoder);
  const io = readLanguageIo("nmt");
  for (const set of ["set0", "set1", "set2"]) {
    const ids = io[`${set}.tgt`]!;
    const [batch, length] = ids.shape as [number, number];
    let states: Tensor = { dtype: "float32", shape: [batch, 3, 0, 32], data: new Float32Array() };
    for (let step = 1; step <= length; step++) {
      const outputs = await session.run({
        input_ids: firstTokens(ids, step),
        decoder_mask: firstTokens(io[`${set}.tgt_mask`]!, step),
        encoder_embeddings: io[`${set}.encoder_hidden`]!,
        encoder_mask: io[`${set}.src_mask`]!,
        decoder_mems: withEmptyState(states),
      });
      states = outputs["last_hidden_states"]!;
    }
    assertClose(states, io[`${set}.decoder_mems_final`], TOLERANCE, set);
  }
});

function firstTokens({ data, shape }: Tensor, count: number): Tensor {
  const [batch, length] = shape as [number, number];
  const rows = Array.from({ length: batch }, (_, row) =>
    Array.from((data as BigInt64Array).subarray(row * length, row * length + count)),
  );
  return { dtype: "int64", shape: [batch, count], data: BigInt64Array.from(rows.flat()) };
}

/** NeMo declares one state more than it reads and returns. */
function withEmptyState({ data, shape }: Tensor): Tensor {
  const [batch, states, ...rest] = shape as [number, number, number, number];
  const size = states * rest[0] * rest[1];
  const wider = new Float32Array(batch * (size + rest[0] * rest[1]));
  for (let row = 0; row < batch; row++) {
    const values = (data as Float32Array).subarray(row * size, (row + 1) * size);
    wider.set(values, row * (size + rest[0] * rest[1]));
  }
  return { dtype: "float32", shape: [batch, states + 1, ...rest], data: wider };
}

test("nmt: inputs and outputs are those of NeMo's exports", async () => {
  const graphs = await translationGraphs();
  const { onnx } = readMeta("nmt");
  for (const part of NMT_PARTS) assertSameSignature(graphs[part], onnx![part]!);
});

/** Names, types and sizes; sizes that are not fixed have names of their own there. */
function assertSameSignature(ours: ModelGraph, theirs: RecordedGraph): void {
  const sizes = (shape: ValueInfo["shape"]): (number | null)[] | undefined =>
    shape?.map((dim) => (typeof dim === "number" ? dim : null));
  for (const side of ["inputs", "outputs"] as const) {
    assert.deepEqual(
      ours[side].map(({ name, dtype, shape }) => [name, dtype, sizes(shape)]),
      theirs[side].map(({ name, type, shape }) => [name, type, sizes(shape)]),
    );
  }
}
