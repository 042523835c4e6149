/** The featurizer graph in ONNX Runtime against the features that NeMo made of the same audio. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../src/errors/tool-error.ts";
import { ConfigNode } from "../../src/formats/nemo/config-node.ts";
import type { ConfigValue } from "../../src/formats/yaml/value.ts";
import { buildFeaturizer } from "../../src/nn/featurizer/build.ts";
import { parseFeaturizerConfig, type FeaturizerVersion } from "../../src/nn/featurizer/config.ts";
import { compareConstants, type FeaturizerConstants } from "../../src/nn/featurizer/constants.ts";
import { readFloat32 } from "../../src/tensor/read-tensor.ts";
import { tensor, type Tensors } from "../../src/tensor/tensor.ts";
import { NEMO_ASR_DEFAULTS, logMel, type LogMelOptions } from "../reference/log-mel.ts";
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

const TTS = {
  sample_rate: 22050,
  features: 80,
  n_window_size: 1024,
  window_size: false,
  n_window_stride: 256,
  window_stride: false,
  n_fft: 1024,
  lowfreq: 0,
  highfreq: 8000,
  preemph: null,
  mag_power: 1,
  log_zero_guard_type: "clamp",
  log_zero_guard_value: 1e-5,
  normalize: null,
  pad_to: 0,
  pad_value: -11.52,
  exact_pad: true,
};
const TTS_REFERENCE: LogMelOptions = {
  ...NEMO_ASR_DEFAULTS,
  sampleRate: 22050,
  windowSamples: 1024,
  hopSamples: 256,
  fftSize: 1024,
  preemphasis: 0,
  magnitudePower: 1,
  logGuard: { kind: "clamp", value: 1e-5 },
  normalize: "none",
  padValue: -11.52,
  exactPad: true,
};

const OTHERS: readonly [string, Record<string, ConfigValue>, LogMelOptions][] = [
  ["speech synthesis", TTS, TTS_REFERENCE],
  ["centred speech synthesis", { ...TTS, exact_pad: false }, { ...TTS_REFERENCE, exactPad: false }],
  [
    "normalisation over all features",
    {
      sample_rate: 16000,
      features: 80,
      window_size: 0.025,
      n_fft: 512,
      pad_to: 4,
      normalize: "all_features",
    },
    { ...NEMO_ASR_DEFAULTS, normalize: "all_features", padTo: 4 },
  ],
];

for (const [name, preprocessor, reference] of OTHERS) {
  test(`${name}, against the slow reference`, async () => {
    const audio = Float32Array.from(
      { length: 5000 },
      (_, n) => 0.3 * Math.sin(n * n * 1e-4) + 0.01 * Math.sin(n * n),
    );
    const config = parseFeaturizerConfig(new ConfigNode(new Map(Object.entries(preprocessor))));
    const { AUDIO_FEATURES: features, FEATURES_LENGTH: length } = await runOnnx(
      buildFeaturizer(config),
      {
        AUDIO_SIGNAL: tensor("float32", audio, [1, audio.length]),
        AUDIO_LENGTH: tensor("int64", BigInt64Array.of(BigInt(audio.length)), [1]),
      },
    );
    const expected = logMel(audio, reference);
    assert.equal(length!.data[0], BigInt(expected.validFrames));
    const flat = Float32Array.from(expected.rows.flatMap((row) => [...row]));
    const shape = [1, expected.rows.length, expected.rows[0]!.length];
    assertClose(features, tensor("float32", flat, shape), TOLERANCE, name);
  });
}

test("fixed statistics, other windows and guards by name", async () => {
  const stats = new Map<string, ConfigValue>([
    ["fixed_mean", [1, 2]],
    ["fixed_std", [2, 4]],
  ]);
  const settings = {
    sample_rate: 8000,
    features: 2,
    n_fft: 256,
    pad_to: 0,
    log_zero_guard_value: "eps",
  };
  const inputs = {
    AUDIO_SIGNAL: tensor(
      "float32",
      Float32Array.from({ length: 800 }, (_, n) => Math.sin(n)),
      [1, 800],
    ),
    AUDIO_LENGTH: tensor("int64", BigInt64Array.of(800n), [1]),
  };
  for (const window of ["hann", "hamming", "blackman", "bartlett", null]) {
    const featuresOf = async (normalize: ConfigValue): Promise<Float32Array> => {
      const config = parseFeaturizerConfig(
        new ConfigNode(
          new Map<string, ConfigValue>(Object.entries({ ...settings, window, normalize })),
        ),
      );
      return (await runOnnx(buildFeaturizer(config), inputs))["AUDIO_FEATURES"]!
        .data as Float32Array;
    };
    const [plain, normalised] = [await featuresOf("None"), await featuresOf(stats)];
    const half = plain.length / 2;
    plain.forEach((value, i) => {
      const expected = i < half ? (value - 1) / 2 : (value - 2) / 4;
      assert.ok(Math.abs(normalised[i]! - expected) < 1e-5, `${window}: ${i}`);
    });
  }
});

const REFUSED: readonly [string, Record<string, ConfigValue>, string][] = [
  ["frame splicing", { frame_splicing: 3 }, "UNSUPPORTED"],
  [
    "another preprocessor",
    { _target_: "nemo.collections.asr.modules.AudioToMFCCPreprocessor" },
    "UNSUPPORTED",
  ],
  ["a window of no samples", { window_size: 0 }, "INVALID_CONFIG"],
  ["a window longer than the transform", { window_size: 0.04, n_fft: 512 }, "INVALID_CONFIG"],
  ["text for a number", { features: "many" }, "INVALID_CONFIG"],
  [
    "statistics of another size",
    {
      normalize: new Map([
        ["fixed_mean", [1]],
        ["fixed_std", [1]],
      ]),
    },
    "INVALID_CONFIG",
  ],
];

for (const [name, preprocessor, code] of REFUSED) {
  test(`refused: ${name}`, () => {
    const node = new ConfigNode(new Map(Object.entries(preprocessor)));
    assert.throws(
      () => buildFeaturizer(parseFeaturizerConfig(node)),
      (error: unknown) => isToolError(error) && error.code === code,
    );
  });
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
