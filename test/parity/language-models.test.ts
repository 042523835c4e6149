/** Our graphs of language models in ONNX Runtime against what NeMo computed from the same ids. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import type { ModelGraph, ValueInfo } from "../../src/tensor/model-graph.ts";
import type { Tensors } from "../../src/tensor/tensor.ts";
import { assertClose } from "../support/compare.ts";
import {
  openLanguageModel,
  readLanguageIo,
  readMeta,
  type RecordedGraph,
} from "../support/language-fixtures.ts";
import { onnxSession } from "../support/onnx.ts";

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
