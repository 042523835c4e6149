/**
 * Our graphs in ONNX Runtime against what NeMo computed from the same checkpoints and features:
 * set `a` is one row, `b` a batch of unequal lengths, `c` a short one.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConvertOptions } from "../../src/converters/architecture.ts";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { assertClose } from "../support/compare.ts";
import { openNemoFixture, type NemoFixture } from "../support/nemo-fixtures.ts";
import { onnxSession, type OnnxSession } from "../support/onnx.ts";

/** NeMo's own export differs from torch by up to 3e-5 on these models. */
const TOLERANCE = 1e-4;

const CONVOLUTIONAL = [
  "quartznet-char",
  "quartznet-char-numclasses-1",
  "jasper-dense",
  "jasper-residual-max",
  "citrinet-bpe",
  "citrinet-unigram-gamma",
  "citrinet-wpe",
];
const CONFORMERS = [
  "conformer-ctc-bpe",
  "conformer-ctc-char",
  "conformer-ctc-tied-featout",
  "conformer-ctc-layernorm-limited",
  "conformer-ctc-localattn",
  "conformer-ctc-stacking",
  "conformer-ctc-abspos-vgg",
  "fastconformer-ctc-bpe",
  "fastconformer-ctc-nobias",
  "fastconformer-ctc-cacheaware",
  "fastconformer-hybrid-ctc",
];
const SETS = ["a", "b", "c"];

async function sessionOf(
  { checkpoint }: NemoFixture,
  options: ConvertOptions,
): Promise<OnnxSession> {
  const { graphs } = await convertCheckpoint(checkpoint, { decoderHead: "ctc", ...options });
  assert.deepEqual(
    graphs.map(({ artifactName }) => artifactName),
    ["model_graph.onnx"],
  );
  return onnxSession(graphs[0]!.graph);
}

async function logprobs(session: OnnxSession, { io }: NemoFixture, set: string): Promise<Tensor> {
  const length = session.inputNames.includes("length")
    ? { length: io[`${set}.features_len`]! }
    : {};
  const { logprobs: result } = await session.run({
    audio_signal: io[`${set}.features`]!,
    ...length,
  });
  return result!;
}

function assertSame(got: Tensor, expected: Tensor | undefined, what: string): void {
  assertClose(got, expected, TOLERANCE, what);
  assert.deepEqual(greedy(got), greedy(expected!), `${what}: greedy tokens`);
}

function greedy({ data, shape }: Tensor): number[] {
  const classes = shape.at(-1)!;
  const best = (row: number): number => {
    let token = 0;
    for (let i = 1; i < classes; i++) {
      if (Number(data[row * classes + i]) > Number(data[row * classes + token])) token = i;
    }
    return token;
  };
  return Array.from({ length: data.length / classes }, (_, row) => best(row));
}

for (const name of [...CONVOLUTIONAL, ...CONFORMERS]) {
  test(`${name}: as NeMo exports it`, async () => {
    const fixture = await openNemoFixture(name);
    const session = await sessionOf(fixture, {});
    for (const set of SETS) {
      assertSame(
        await logprobs(session, fixture, set),
        fixture.io[`${set}.logprobs`],
        `set ${set}`,
      );
    }
  });

  test(`${name}: inputs and outputs are those of NeMo's export`, async () => {
    const { checkpoint, meta } = await openNemoFixture(name);
    const { graph } = (await convertCheckpoint(checkpoint, { decoderHead: "ctc" })).graphs[0]!;
    const [recorded] = Object.values(meta.export.graphs);
    const ranks = (shape: readonly unknown[] | undefined): (number | null)[] | undefined =>
      shape?.map((dim) => (typeof dim === "number" ? dim : null));
    const ours = (values: typeof graph.inputs): unknown[] =>
      values.map(({ name, dtype, shape }) => [
        name,
        { float32: "FLOAT", int64: "INT64" }[dtype as "int64"],
        ranks(shape),
      ]);
    const theirs = (
      values: typeof recorded & object extends { inputs: infer V } ? V : never,
    ): unknown[] => values.map(({ name, type, shape }) => [name, type, ranks(shape)]);
    assert.deepEqual(ours(graph.inputs), theirs(recorded!.inputs));
    assert.deepEqual(ours(graph.outputs), theirs(recorded!.outputs));
  });

  // group norm takes its statistics over the padding too
  const skip = ["jasper-residual-max", "conformer-ctc-stacking"].includes(name);
  test(`${name}: with masks, a row is the same alone and in a batch`, { skip }, async () => {
    const fixture = await openNemoFixture(name);
    const session = await sessionOf(fixture, { convMask: true });
    const { [`b.features`]: features, [`b.features_len`]: lengths } = fixture.io;
    const batch = await logprobs(session, fixture, "b");
    const [, bins, frames] = features!.shape as [number, number, number];
    const row = features!.shape[0]! - 1;
    const length = Number(lengths!.data[row]);
    const alone = new Float32Array(bins * length);
    for (let bin = 0; bin < bins; bin++) {
      const start = (row * bins + bin) * frames;
      alone.set((features!.data as Float32Array).subarray(start, start + length), bin * length);
    }
    const { logprobs: single } = await session.run({
      audio_signal: { dtype: "float32", shape: [1, bins, length], data: alone },
      length: { dtype: "int64", shape: [1], data: BigInt64Array.of(BigInt(length)) },
    });
    const [, steps, classes] = single!.shape as [number, number, number];
    const start = row * batch.shape[1]! * classes;
    const part = (batch.data as Float32Array).slice(start, start + steps * classes);
    assertSame({ ...single!, data: part } as Tensor, single, "last row of b");
  });
}

for (const name of CONVOLUTIONAL.filter((name) => name !== "quartznet-char-numclasses-1")) {
  test(`${name}: with masks as NeMo computes in evaluation`, async () => {
    const fixture = await openNemoFixture(name);
    const session = await sessionOf(fixture, { convMask: true });
    assert.deepEqual(session.inputNames, ["audio_signal", "length"]);
    for (const set of SETS) {
      const expected = fixture.io[`${set}.logprobs_framework`] ?? fixture.io[`${set}.logprobs`];
      assertSame(await logprobs(session, fixture, set), expected, `set ${set}`);
    }
  });
}

/** Fixtures in which NeMo 3.0.0 or 1.5.1 computed something else, and which profile says so. */
const PROFILES: readonly [string, string, ConvertOptions][] = [
  ["3.0.0", "b", { nemoProfile: "2.5" }],
  ["1.5.1", "a", { nemoProfile: "1.5" }],
].flatMap(([version, set, options]) =>
  [...CONFORMERS, "citrinet-bpe", "citrinet-unigram-gamma"].map(
    (name) =>
      [name, `${version as string} ${set as string}`, options as ConvertOptions] as [
        string,
        string,
        ConvertOptions,
      ],
  ),
);

for (const [name, recording, options] of PROFILES) {
  const [version, set] = recording.split(" ") as [string, string];
  const fixture = await openNemoFixture(name);
  const expected = fixture.profile(version)?.[`${set}.logprobs`];
  if (expected === undefined) continue;
  test(`${name}: as NeMo ${version} computes it`, async () => {
    assertSame(
      await logprobs(await sessionOf(fixture, options), fixture, set),
      expected,
      `set ${set}`,
    );
  });
}

for (const opset of [13, 16, 18, 21]) {
  test(`opset ${opset} computes the same`, async () => {
    for (const name of ["citrinet-unigram-gamma", "conformer-ctc-bpe"]) {
      const fixture = await openNemoFixture(name);
      const session = await sessionOf(fixture, { opset });
      assertSame(await logprobs(session, fixture, "b"), fixture.io["b.logprobs"], name);
    }
  });
}
