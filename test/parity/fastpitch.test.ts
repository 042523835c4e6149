/**
 * FastPitch in ONNX Runtime against what NeMo computed from the same checkpoints. Set `a` is one
 * row, `b` a batch of unequal lengths, `c` a short row; pitch, pace and volume vary by token.
 *
 * A deliberate difference from NeMo's own exports: the speaker input of the padded form is called
 * `speaker` and takes a batch (NeMo: `input.1`, one row).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConvertOptions } from "../../src/converters/architecture.ts";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import type { ModelGraph } from "../../src/tensor/model-graph.ts";
import { tensor, type Tensor, type Tensors } from "../../src/tensor/tensor.ts";
import { assertClose } from "../support/compare.ts";
import { openNemoFixture, type NemoFixture } from "../support/nemo-fixtures.ts";
import { onnxSession } from "../support/onnx.ts";
import { signatureOf } from "../support/signature.ts";

/** NeMo's own export differs from torch by up to 1e-5. */
const TOLERANCE = 1e-4;
const MODELS = ["fastpitch-arpabet", "fastpitch-ipa-energy", "fastpitch-multispeaker"];
const SETS = ["a", "b", "c"];
const OUTPUTS = ["spect", "durs_predicted", "log_durs_predicted", "pitch_predicted"];
const PADDED: ConvertOptions = { raggedBatches: false };

async function graphOf(
  { checkpoint }: NemoFixture,
  options: ConvertOptions = {},
): Promise<ModelGraph> {
  return (await convertCheckpoint(checkpoint, options)).graphs[0]!.graph;
}

/** The recorded inputs of a set, as far as the graph has them. */
function inputsOf({ io }: NemoFixture, set: string, graph: ModelGraph): Tensors {
  const isRagged = graph.inputs.some(({ name }) => name === "batch_lengths");
  const own = (name: string): string =>
    isRagged && name !== "speaker" ? `${set}.ragged.${name}` : `${set}.${name}`;
  return Object.fromEntries(graph.inputs.map(({ name }) => [name, io[own(name)]!]));
}

function assertOutputs(
  outputs: Tensors,
  { io }: NemoFixture,
  set: string,
  isRagged: boolean,
): void {
  assert.deepEqual(outputs["num_frames"], io[`${set}.num_frames`], `set ${set}: num_frames`);
  for (const name of OUTPUTS) {
    // recorded only where the filling of shorter rows makes a difference
    const ragged = isRagged ? io[`${set}.ragged.${name}`] : undefined;
    const expected = ragged ?? io[`${set}.${name}`];
    assertClose(outputs[name], expected, TOLERANCE, `set ${set}: ${name}`);
  }
  if (outputs["volume_aligned"] !== undefined) {
    assert.deepEqual(outputs["volume_aligned"], io[`${set}.volume_aligned`], `set ${set}: volume`);
  }
}

for (const name of MODELS) {
  for (const [form, options] of [
    ["ragged with volume", {}],
    ["ragged", { volume: false }],
    ["padded with volume", PADDED],
    ["padded", { ...PADDED, volume: false }],
  ] as const) {
    test(`${name}, ${form}: what NeMo computes`, async () => {
      const fixture = await openNemoFixture(name);
      const graph = await graphOf(fixture, options);
      const session = await onnxSession(graph);
      for (const set of SETS) {
        const outputs = await session.run(inputsOf(fixture, set, graph));
        assertOutputs(outputs, fixture, set, form.startsWith("ragged"));
      }
    });
  }

  for (const [form, options] of [
    ["ragged", {}],
    ["padded", { ...PADDED, volume: false }],
  ] as const) {
    test(`${name}, ${form}: inputs and outputs are those of NeMo's export`, async () => {
      const fixture = await openNemoFixture(name);
      const { graph: recorded } = fixture.meta.export.variants![form]!;
      // NeMo's graphs do not know the size of the mel axis, and name the speaker by number
      const expected = {
        inputs: recorded.inputs.map((input) =>
          input.name === "input.1" ? { ...input, name: "speaker", shape: ["B"] } : input,
        ),
        outputs: recorded.outputs.map((output) =>
          output.name === "spect" ? { ...output, shape: ["B", melsOf(fixture), "F"] } : output,
        ),
      };
      assert.deepEqual(signatureOf(await graphOf(fixture, options)), signatureOf(expected));
    });
  }

  test(`${name}: with masks, a row is the same alone and in a batch`, async () => {
    const fixture = await openNemoFixture(name);
    const graph = await graphOf(fixture, { convMask: true });
    const session = await onnxSession(graph);
    const batch = inputsOf(fixture, "b", graph);
    const together = await session.run(batch);
    const offsets = [...batch["batch_lengths"]!.data].map(Number);
    for (const row of [0, 1]) {
      const alone = await session.run(rowOf(batch, row, offsets));
      const frames = Number(alone["num_frames"]!.data[0]);
      assert.equal(Number(together["num_frames"]!.data[row]), frames);
      const [, mels = 0, longest = 0] = together["spect"]!.shape;
      const values = together["spect"]!.data as Float32Array;
      const part = Float32Array.from({ length: mels * frames }, (_, i) => {
        const mel = Math.floor(i / frames);
        return values[(row * mels + mel) * longest + (i % frames)]!;
      });
      assertClose(tensor("float32", part, [1, mels, frames]), alone["spect"], 1e-5, `row ${row}`);
    }
  });
}

for (const name of MODELS) {
  test(`${name}: with masks, a single row is what NeMo computes, and forms agree`, async () => {
    const fixture = await openNemoFixture(name);
    const run = async (options: ConvertOptions, set: string): Promise<Tensors> => {
      const graph = await graphOf(fixture, { convMask: true, ...options });
      return (await onnxSession(graph)).run(inputsOf(fixture, set, graph));
    };
    for (const set of ["a", "c"]) assertOutputs(await run({}, set), fixture, set, true);
    const [ragged, padded] = [await run({}, "b"), await run(PADDED, "b")];
    for (const output of ["spect", "num_frames", "durs_predicted", "volume_aligned"]) {
      assertClose(ragged[output], padded[output], 1e-6, output);
    }
  });
}

test("pace, pitch and speaker are heard", async () => {
  const fixture = await openNemoFixture("fastpitch-multispeaker");
  const graph = await graphOf(fixture);
  const session = await onnxSession(graph);
  const plain = inputsOf(fixture, "a", graph);
  const base = await session.run(plain);
  const frames = ({ num_frames: count }: Tensors): number => Number(count!.data[0]);
  const times = (of: Tensor, factor: number): Tensor =>
    tensor(
      "float32",
      (of.data as Float32Array).map((x) => x * factor),
      of.shape,
    );
  const faster = await session.run({ ...plain, pace: times(plain["pace"]!, 2) });
  assert.ok(frames(faster) < 0.7 * frames(base), `${frames(faster)} of ${frames(base)} frames`);
  for (const [name, other] of [
    [
      "pitch",
      tensor(
        "float32",
        (plain["pitch"]!.data as Float32Array).map((x) => x + 1),
      ),
    ],
    ["speaker", tensor("int64", BigInt64Array.of(3n - (plain["speaker"]!.data[0] as bigint)))],
  ] as const) {
    const changed = await session.run({ ...plain, [name]: other });
    assert.notDeepEqual(changed["spect"]!.data, base["spect"]!.data, name);
  }
});

test("rows without tokens or without sound have no frames, and harm no other", async () => {
  const fixture = await openNemoFixture("fastpitch-arpabet");
  const graph = await graphOf(fixture);
  const session = await onnxSession(graph);
  const inputs = inputsOf(fixture, "a", graph);
  const end = inputs["text"]!.data.length;
  const padded = await session.run({
    ...inputs,
    batch_lengths: tensor("int32", Int32Array.of(0, 0, end, end)),
  });
  assert.deepEqual([...padded["num_frames"]!.data].map(Number), [0, 141, 0]);
  const whole = fixture.io["a.spect"]!;
  const row = (padded["spect"]!.data as Float32Array).slice(
    whole.data.length,
    2 * whole.data.length,
  );
  assertClose(tensor("float32", row, whole.shape), whole, TOLERANCE, "the row between");
  const pad = tensor("int64", BigInt64Array.of(112n, 112n));
  const one = tensor("float32", Float32Array.of(1, 1));
  const silent = { text: pad, pitch: one, pace: one, volume: one };
  const offsets = tensor("int32", Int32Array.of(0, 2));
  const { num_frames: none } = await session.run({ ...silent, batch_lengths: offsets });
  assert.deepEqual([...none!.data], [0n]);
});

for (const opset of [13, 16, 21]) {
  test(`opset ${opset} computes the same`, async () => {
    const fixture = await openNemoFixture("fastpitch-ipa-energy");
    const graph = await graphOf(fixture, { opset });
    const outputs = await (await onnxSession(graph)).run(inputsOf(fixture, "b", graph));
    assertOutputs(outputs, fixture, "b", true);
  });
}

function melsOf({ checkpoint }: NemoFixture): number {
  return checkpoint.config.get("n_mel_channels").positiveInteger();
}

/** One row of a ragged batch. */
function rowOf(batch: Tensors, row: number, offsets: readonly number[]): Tensors {
  const [start, end] = [offsets[row]!, offsets[row + 1]!];
  const part = ({ dtype, data }: Tensor, from: number, to: number): Tensor => {
    const sliced = (data as Float32Array).slice(from, to);
    return { dtype, shape: [to - from], data: sliced } as Tensor;
  };
  return Object.fromEntries(
    Object.entries(batch).map(([name, value]) => {
      if (name === "batch_lengths") return [name, tensor("int32", Int32Array.of(0, end - start))];
      return [name, name === "speaker" ? part(value, row, row + 1) : part(value, start, end)];
    }),
  );
}
