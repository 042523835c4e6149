/** The featurizer graph in ONNX Runtime against the features that NeMo made of the same audio. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigNode } from "../../src/formats/nemo/config-node.ts";
import { buildFeaturizer } from "../../src/nn/featurizer/build.ts";
import { parseFeaturizerConfig, type FeaturizerVersion } from "../../src/nn/featurizer/config.ts";
import { compareConstants, type FeaturizerConstants } from "../../src/nn/featurizer/constants.ts";
import { readFloat32 } from "../../src/tensor/read-tensor.ts";
import { tensor, type Tensors } from "../../src/tensor/tensor.ts";
import { NEMO_ASR_DEFAULTS, logMel } from "../reference/log-mel.ts";
import { assertClose } from "../support/compare.ts";
import { openNemoFixture, type NemoFixture } from "../support/nemo-fixtures.ts";
import { onnxSession, runOnnx } from "../support/onnx.ts";

/** On features that are normalised to a deviation of 1. */
const TOLERANCE = 1e-3;
const SETS = ["a", "b", "c"];
/** Windows of 20 and 25 ms, 8 and 16 kHz, 32 to 80 mels, pad_to 0 and 16, with and without norm. */
const MODELS = [
  "quartznet-char",
  "quartznet-char-numclasses-1",
  "jasper-residual-max",
  "citrinet-bpe",
  "conformer-ctc-bpe",
  "fastconformer-ctc-bpe",
  "fastconformer-ctc-cacheaware",
];

const preprocessorOf = ({ checkpoint }: NemoFixture): ConfigNode =>
  checkpoint.config.get("preprocessor");

function audioInputs(io: Tensors, set: string): Tensors {
  const { data, shape } = io[`${set}.audio`]!;
  const samples = Float32Array.from(data as Int16Array, (value) => value / 32768);
  return { AUDIO_SIGNAL: tensor("float32", samples, shape), AUDIO_LENGTH: io[`${set}.audio_len`]! };
}

async function constantsOf({ checkpoint }: NemoFixture): Promise<FeaturizerConstants> {
  const read = (name: string): Promise<Float32Array> =>
    readFloat32(checkpoint.weights.get(`preprocessor.featurizer.${name}`)!);
  return { window: await read("window"), filterbank: await read("fb") };
}

for (const name of MODELS) {
  test(`${name}: features as NeMo 2.4.1 makes them`, async () => {
    const fixture = await openNemoFixture(name);
    const config = parseFeaturizerConfig(preprocessorOf(fixture));
    for (const constants of [undefined, await constantsOf(fixture)]) {
      const session = await onnxSession(
        buildFeaturizer(config, constants === undefined ? {} : { constants }),
      );
      for (const set of SETS) {
        const outputs = await session.run(audioInputs(fixture.io, set));
        assert.deepEqual(outputs["FEATURES_LENGTH"], fixture.io[`${set}.features_len`], set);
        assertClose(
          outputs["AUDIO_FEATURES"]!,
          fixture.io[`${set}.features`]!,
          TOLERANCE,
          `set ${set}`,
        );
      }
    }
  });

  test(`${name}: the checkpoint's constants are those of its configuration`, async () => {
    const fixture = await openNemoFixture(name);
    const { window, filterbank } = compareConstants(
      await constantsOf(fixture),
      parseFeaturizerConfig(preprocessorOf(fixture)),
    );
    assert.ok(window !== undefined && window < 1e-6, `window: ${window}`);
    assert.ok(filterbank !== undefined && filterbank < 1e-5, `filterbank: ${filterbank}`);
  });

  test(`${name}: features as NeMo 3.0.0 makes them`, async (t) => {
    const fixture = await openNemoFixture(name);
    const profile = fixture.profile("3.0.0");
    if (profile?.["a.features"] === undefined) return t.skip("not recorded for this model");
    const session = await onnxSession(
      buildFeaturizer(parseFeaturizerConfig(preprocessorOf(fixture), "2.5")),
    );
    for (const set of SETS) {
      const outputs = await session.run(audioInputs(fixture.io, set));
      assert.deepEqual(outputs["FEATURES_LENGTH"], profile[`${set}.features_len`], set);
      assertClose(outputs["AUDIO_FEATURES"]!, profile[`${set}.features`]!, TOLERANCE, `set ${set}`);
    }
  });
}

const DEFAULTS = new ConfigNode(
  new Map(
    Object.entries({ sample_rate: 16000, features: 80, window_size: 0.025, n_fft: 512, pad_to: 0 }),
  ),
);

for (const sampleCount of [257, 258, 400, 1600]) {
  for (const version of ["2.4", "2.5"] as const satisfies readonly FeaturizerVersion[]) {
    test(`${sampleCount} samples, as version ${version}, against the slow reference`, async () => {
      const audio = Float32Array.from(
        { length: sampleCount },
        (_, n) => 0.3 * Math.sin(n * 0.1) + 0.01 * Math.sin(n * n),
      );
      const isNew = version === "2.5";
      const expected = logMel(audio, {
        ...NEMO_ASR_DEFAULTS,
        edges: isNew ? "constant" : "reflect",
        extraFrames: isNew ? 0 : 1,
      });
      const outputs = await runOnnx(buildFeaturizer(parseFeaturizerConfig(DEFAULTS, version)), {
        AUDIO_SIGNAL: tensor("float32", audio, [1, sampleCount]),
        AUDIO_LENGTH: tensor("int64", BigInt64Array.of(BigInt(sampleCount)), [1]),
      });
      const [, mels, frames] = outputs["AUDIO_FEATURES"]!.shape as [number, number, number];
      const flat = Float32Array.from(expected.rows.flatMap((row) => [...row]));
      assert.equal(outputs["FEATURES_LENGTH"]!.data[0], BigInt(expected.validFrames));
      // one frame has no deviation: NeMo gives up there, the reference divides by zero
      if (expected.validFrames > 1)
        assertClose(
          outputs["AUDIO_FEATURES"]!,
          tensor("float32", flat, [1, mels, frames]),
          TOLERANCE,
          "features",
        );
    });
  }
}

for (const sampleCount of [1, 2, 100, 256]) {
  test(`${sampleCount} samples, fewer than the padding, give finite features`, async () => {
    const outputs = await runOnnx(buildFeaturizer(parseFeaturizerConfig(DEFAULTS)), {
      AUDIO_SIGNAL: tensor(
        "float32",
        Float32Array.from({ length: sampleCount }, (_, n) => Math.sin(n)),
        [1, sampleCount],
      ),
      AUDIO_LENGTH: tensor("int64", BigInt64Array.of(BigInt(sampleCount)), [1]),
    });
    const features = outputs["AUDIO_FEATURES"]!;
    assert.deepEqual(features.shape, [1, 80, Math.floor(sampleCount / 160) + 1]);
    assert.ok((features.data as Float32Array).every(Number.isFinite));
  });
}

test("pad_to can be overridden, and a row without samples has no frames", async () => {
  const fixture = await openNemoFixture("citrinet-bpe");
  const config = parseFeaturizerConfig(preprocessorOf(fixture));
  assert.equal(config.padTo, 16);
  const inputs = audioInputs(fixture.io, "b");
  const empty = { ...inputs, AUDIO_LENGTH: tensor("int64", BigInt64Array.of(0n, 16000n), [2]) };
  const session = await onnxSession(buildFeaturizer(config, { padTo: 0 }));
  const outputs = await session.run(empty);
  assert.deepEqual(outputs["AUDIO_FEATURES"]!.shape, [2, 64, 101]);
  assert.deepEqual(outputs["FEATURES_LENGTH"]!.data, BigInt64Array.of(0n, 101n));
  assert.ok((outputs["AUDIO_FEATURES"]!.data as Float32Array).every(Number.isFinite));
});
