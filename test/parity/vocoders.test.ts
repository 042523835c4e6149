/** HiFi-GAN in ONNX Runtime against what NeMo computed from the same checkpoints. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import type { ModelGraph } from "../../src/tensor/model-graph.ts";
import type { StateDict } from "../../src/tensor/tensor-view.ts";
import { assertClose } from "../support/compare.ts";
import { openNemoFixture, type NemoFixture } from "../support/nemo-fixtures.ts";
import { onnxSession, runOnnx } from "../support/onnx.ts";
import { signatureOf } from "../support/signature.ts";

/** Of samples within -1 … 1; NeMo's own export differs from torch by up to 3e-6. */
const TOLERANCE = 1e-5;
const VOCODERS = ["hifigan-resblock1", "hifigan-resblock2"];

async function graphOf({ checkpoint }: NemoFixture): Promise<ModelGraph> {
  return (await convertCheckpoint(checkpoint)).graphs[0]!.graph;
}

for (const name of VOCODERS) {
  test(`${name}: the samples that NeMo computes`, async () => {
    const fixture = await openNemoFixture(name);
    const session = await onnxSession(await graphOf(fixture));
    for (const set of ["a", "b", "c"]) {
      const { audio } = await session.run({ spec: fixture.io[`${set}.spec`]! });
      assertClose(audio, fixture.io[`${set}.audio`], TOLERANCE, `set ${set}`);
    }
  });

  test(`${name}: input and output are those of NeMo's export`, async () => {
    const fixture = await openNemoFixture(name);
    const recorded = fixture.meta.export.graphs["model.onnx"]!;
    assert.deepEqual(signatureOf(await graphOf(fixture)), signatureOf(recorded));
  });
}

/** Other spellings of the same weights, by what happens to a key. */
const SPELLINGS: readonly [string, (key: string) => string][] = [
  [
    "blocks counted through all stages",
    (key) =>
      key.replace(
        /resblocks\.(\d+)\.(\d+)\.convs/,
        (_, stage: string, block: string) => `resblocks.${Number(stage) * 3 + Number(block)}.convs`,
      ),
  ],
  [
    "weight norm as a parametrization",
    (key) =>
      key
        .replace(/weight_g$/, "parametrizations.weight.original0")
        .replace(/weight_v$/, "parametrizations.weight.original1"),
  ],
];

for (const [what, rename] of SPELLINGS) {
  for (const name of VOCODERS) {
    test(`${name}: ${what}`, async () => {
      const fixture = await openNemoFixture(name);
      const weights: StateDict = new Map(
        [...fixture.checkpoint.weights].map(([key, view]) => [rename(key), view]),
      );
      assert.notDeepEqual([...weights.keys()], [...fixture.checkpoint.weights.keys()]);
      const renamed = { ...fixture, checkpoint: { ...fixture.checkpoint, weights } };
      const { audio } = await runOnnx(await graphOf(renamed), { spec: fixture.io["c.spec"]! });
      assertClose(audio, fixture.io["c.audio"], TOLERANCE, what);
    });
  }
}
