/**
 * Graphs as text. After a wanted change run with UPDATE_GOLDEN=1 and read the difference.
 * (What they compute is proved in test/parity.)
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { ConvertOptions } from "../../src/converters/architecture.ts";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import { appendGreedyReduction } from "../../src/graph/greedy-reduction.ts";
import { appendTopKReduction } from "../../src/graph/top-k-reduction.ts";
import { printGraph } from "../../src/graph/print.ts";
import { buildFeaturizer } from "../../src/nn/featurizer/build.ts";
import { parseFeaturizerConfig } from "../../src/nn/featurizer/config.ts";
import type { ModelGraph } from "../../src/tensor/model-graph.ts";
import { openLanguageModel } from "../support/language-fixtures.ts";
import { openCheckpoint } from "../support/nemo-fixtures.ts";
import { projectRoot } from "../support/paths.ts";

async function converted(name: string, options: ConvertOptions = {}): Promise<ModelGraph> {
  return (await convertCheckpoint(await openCheckpoint(name), options)).graphs[0]!.graph;
}

async function convertedLanguageModel(
  name: string,
  part = 0,
  options: ConvertOptions = {},
): Promise<ModelGraph> {
  return (await convertCheckpoint(await openLanguageModel(name), options)).graphs[part]!.graph;
}

const CASES: Readonly<Record<string, () => Promise<ModelGraph>>> = {
  "quartznet": () => converted("quartznet-char-numclasses-1"),
  "citrinet-masked": () => converted("citrinet-wpe", { convMask: true }),
  "conformer": () => converted("conformer-ctc-char"),
  "fastconformer-opset13-masked": () => converted("fastconformer-ctc-nobias", { opset: 13, convMask: true }),
  "fastpitch-ragged": () => converted("fastpitch-multispeaker"),
  "fastpitch-padded-masked": () => converted("fastpitch-ipa-energy", { raggedBatches: false, volume: false, convMask: true }),
  "hifigan": () => converted("hifigan-resblock2"),
  "albert": () => convertedLanguageModel("tkc-albert"),
  "roberta-opset13": () => convertedLanguageModel("tc-roberta", 0, { opset: 13 }),
  "translation-decoder": () => convertedLanguageModel("nmt", 1),
  "featurizer": async () => {
    const { config } = await openCheckpoint("quartznet-char");
    return buildFeaturizer(parseFeaturizerConfig(config.get("preprocessor")));
  },
  "top-k": async () => {
    const graph = await converted("quartznet-char-numclasses-1");
    const classes = graph.outputs[0]?.shape?.[2];
    return appendTopKReduction(graph, { subsamplingFactor: 2, topTokens: 2, blank: Number(classes) - 1 });
  },
  "greedy": async () => appendGreedyReduction(await converted("quartznet-char-numclasses-1"), { subsamplingFactor: 2 }),
};

for (const [name, make] of Object.entries(CASES)) {
  test(`${name}: the printed graph`, async () => {
    const file = path.join(projectRoot, "test/golden/graphs", `${name}.txt`);
    const printed = printGraph(await make());
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, printed);
    assert.equal(printed, readFileSync(file, "utf8"));
  });
}
