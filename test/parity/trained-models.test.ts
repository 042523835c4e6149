/** Two trained recognisers, from recordings to tokens, against what NeMo heard in them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createWavReader } from "../../src/audio/wav.ts";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import { openNemo } from "../../src/formats/nemo/read.ts";
import { buildFeaturizer } from "../../src/nn/featurizer/build.ts";
import { parseFeaturizerConfig } from "../../src/nn/featurizer/config.ts";
import { tensor, type Tensor, type Tensors } from "../../src/tensor/tensor.ts";
import { assertClose } from "../support/compare.ts";
import { readSafetensors } from "../support/nemo-fixtures.ts";
import { onnxSession, type OnnxSession } from "../support/onnx.ts";
import { sharedRoot, skipWithoutShared } from "../support/paths.ts";

interface Reference {
  readonly audio_filepath: string;
  readonly greedy?: string;
  readonly token_ids?: readonly number[];
}

const data = path.join(sharedRoot ?? "", "data/asr-digits-commands");
const readLines = (file: string): Reference[] =>
  readFileSync(path.join(data, file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Reference);

interface Recogniser {
  readonly vocabulary: readonly string[];
  logprobs(audioFile: string): Promise<Tensor>;
}

async function loadRecogniser(name: string): Promise<Recogniser> {
  const checkpoint = await openNemo(path.join(sharedRoot ?? "", "models", `${name}.nemo`));
  try {
    const { config } = checkpoint;
    const weights = await checkpoint.weights();
    const { graphs } = await convertCheckpoint({ ...checkpoint, weights });
    const acousticModel = await onnxSession(graphs[0]!.graph);
    const featurizer = await onnxSession(
      buildFeaturizer(parseFeaturizerConfig(config.get("preprocessor"))),
    );
    return {
      vocabulary: config.get("decoder.vocabulary").strings(),
      logprobs: (file) => recognise(featurizer, acousticModel, file),
    };
  } finally {
    await checkpoint.close();
  }
}

async function recognise(
  featurizer: OnnxSession,
  acousticModel: OnnxSession,
  file: string,
): Promise<Tensor> {
  const samples = createWavReader().push(readFileSync(path.join(data, file)));
  const features = await featurizer.run({
    AUDIO_SIGNAL: tensor("float32", samples, [1, samples.length]),
    AUDIO_LENGTH: tensor("int64", BigInt64Array.of(BigInt(samples.length)), [1]),
  });
  const inputs: Tensors = {
    audio_signal: features["AUDIO_FEATURES"]!,
    length: features["FEATURES_LENGTH"]!,
  };
  const wanted = Object.entries(inputs).filter(([name]) => acousticModel.inputNames.includes(name));
  return (await acousticModel.run(Object.fromEntries(wanted)))["logprobs"]!;
}

/** Most probable tokens without repetitions and blanks (the last class). */
function greedyTokens({ data: values, shape }: Tensor): number[] {
  const classes = shape[2]!;
  const best = Array.from({ length: shape[1]! }, (_, step) => {
    const row = Array.from(values as Float32Array).slice(step * classes, (step + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
  return best.filter((token, step) => token !== best[step - 1] && token !== classes - 1);
}

test(
  "FastConformer: the tokens and log-probabilities of 40 recordings",
  { skip: skipWithoutShared },
  async () => {
    const { logprobs } = await loadRecogniser("asr-fastconformer-digits-commands-en");
    const recorded = readSafetensors(
      readFileSync(path.join(data, "log_probs-fastconformer.safetensors")),
    );
    const references = readLines("reference-fastconformer.jsonl");
    assert.ok(references.length >= 30);
    for (const { audio_filepath: file, token_ids: tokens } of references) {
      const result = await logprobs(file);
      assert.deepEqual(greedyTokens(result), tokens, file);
      const expected = recorded[path.basename(file, ".wav")];
      const flat = { ...result, shape: result.shape.slice(1) } as Tensor;
      if (expected !== undefined) assertClose(flat, expected, 5e-3, file);
    }
  },
);

test("QuartzNet: the text of 40 recordings", { skip: skipWithoutShared }, async () => {
  const { vocabulary, logprobs } = await loadRecogniser("asr-quartznet-digits-commands-en");
  const references = readLines("reference.jsonl");
  assert.ok(references.length >= 30);
  for (const { audio_filepath: file, greedy } of references) {
    const text = greedyTokens(await logprobs(file)).map((token) => vocabulary[token]);
    const words = text
      .join("")
      .split(" ")
      .filter((word) => word !== "");
    assert.equal(words.join(" "), greedy, file);
  }
});
