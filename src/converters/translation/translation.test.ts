import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose } from "../../../test/support/compare.ts";
import { withConfig, withWeights } from "../../../test/support/edit-checkpoint.ts";
import { openLanguageModel } from "../../../test/support/language-fixtures.ts";
import { runOnnx } from "../../../test/support/onnx.ts";
import { decode, encode, type Matrix } from "../../../test/reference/transformer.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import { readFloat32 } from "../../tensor/read-tensor.ts";
import { tensor, type Tensor } from "../../tensor/tensor.ts";
import type { Checkpoint } from "../architecture.ts";
import { convertCheckpoint } from "../convert.ts";

const nmt = await openLanguageModel("nmt");
const SIZE = 32;

/** The recorded model, which normalises behind each part, changed to do it before. */
function withNorms(preNorm: boolean, finalNorm: boolean): Checkpoint {
  const sides = ["encoder", "decoder"];
  const changed = sides.reduce(
    (checkpoint, side) =>
      withConfig(
        withConfig(checkpoint, `${side}.pre_ln`, preNorm),
        `${side}.pre_ln_final_layer_norm`,
        finalNorm,
      ),
    nmt,
  );
  if (!preNorm || !finalNorm) return changed;
  return withWeights(changed, (weights) => {
    for (const side of sides) {
      for (const [name, offset] of [["weight", 1] as const, ["bias", 0] as const]) {
        const values = Float32Array.from({ length: SIZE }, (_, i) => offset + Math.sin(i) / 3);
        const key = `${side}._${side}.final_layer_norm.${name}`;
        weights.set(key, memoryView("float32", values));
      }
    }
  });
}

async function readWeights({ weights }: Checkpoint): Promise<(name: string) => Matrix> {
  const rows = new Map<string, Matrix>();
  for (const [name, view] of weights) {
    const values = Array.from(await readFloat32(view));
    const columns = view.shape.at(-1) ?? 1;
    rows.set(
      name,
      Array.from({ length: values.length / columns }, (_, row) =>
        values.slice(row * columns, (row + 1) * columns),
      ),
    );
  }
  return (name) => rows.get(name)!;
}

const ids = (values: readonly number[]): Tensor =>
  tensor("int64", BigInt64Array.from(values.map(BigInt)), [1, values.length]);
const matrix = (rows: Matrix): Tensor =>
  tensor("float32", Float32Array.from(rows.flat()), [1, rows.length, SIZE]);

for (const [preNorm, finalNorm] of [
  [false, false],
  [true, true],
  [true, false],
] as const) {
  const name = preNorm ? `before${finalNorm ? " and at the end" : ""}` : "behind";
  test(`a Transformer with norms ${name} computes what a plain one does`, async () => {
    const checkpoint = withNorms(preNorm, finalNorm);
    const { graphs } = await convertCheckpoint(checkpoint);
    const [encoder, decoder] = graphs.map(({ graph }) => graph);
    const weight = await readWeights(checkpoint);
    const plain = { weight, layerCount: 2, headCount: 4, preNorm, finalNorm };
    const source = [17, 250, 4, 99, 33];
    const target = [2, 81, 7, 120];
    const encoded = encode(plain, source);
    const mask = (values: readonly number[]): Tensor => ids(values.map(() => 1));
    const { last_hidden_states: ours } = await runOnnx(encoder!, {
      input_ids: ids(source),
      encoder_mask: mask(source),
    });
    assertClose(ours, matrix(encoded), 1e-4, "encoder");

    const states = decoder!.inputs.at(-1)!.shape![1] as number;
    assert.equal(states, finalNorm ? 4 : 3);
    let memory: Tensor = tensor("float32", new Float32Array(), [1, states, 0, SIZE]);
    for (let step = 1; step <= target.length; step++) {
      const outputs = await runOnnx(decoder!, {
        input_ids: ids(target.slice(0, step)),
        decoder_mask: mask(target.slice(0, step)),
        encoder_embeddings: ours!,
        encoder_mask: mask(source),
        decoder_mems: memory,
      });
      memory = outputs["last_hidden_states"]!;
      assert.deepEqual(memory.shape, [1, states, step, SIZE]);
    }
    const result = (memory.data as Float32Array).slice(-target.length * SIZE);
    const decoded = tensor("float32", result, [1, target.length, SIZE]);
    assertClose(decoded, matrix(decode(plain, target, encoded)), 1e-4, "decoder");
  });
}

const REFUSED: readonly [string, () => Checkpoint, ErrorCode, RegExp][] = [
  [
    "an encoder of another library",
    () => withConfig(nmt, "encoder.library", "huggingface"),
    "UNSUPPORTED_ARCHITECTURE",
    /encoder\.library: "huggingface"/,
  ],
  [
    "an encoder that does not look ahead",
    () => withConfig(nmt, "encoder.mask_future", true),
    "UNSUPPORTED_ARCHITECTURE",
    /mask_future/,
  ],
  [
    "an unknown activation",
    () => withConfig(nmt, "decoder.hidden_act", "mish"),
    "UNSUPPORTED_ARCHITECTURE",
    /mish/,
  ],
  [
    "halves of different sizes",
    () => withConfig(nmt, "decoder.hidden_size", 64),
    "INVALID_CONFIG",
    /decoder\.hidden_size.*32/,
  ],
  [
    "heads that do not divide",
    () => withConfig(nmt, "encoder.num_attention_heads", 5),
    "INVALID_CONFIG",
    /multiple/,
  ],
  [
    "more layers than weights",
    () => withConfig(nmt, "encoder.num_layers", 3),
    "INVALID_CONFIG",
    /expected, but there is none/,
  ],
  [
    "billions of layers",
    () => withConfig(nmt, "decoder.num_layers", 4_000_000_000),
    "INVALID_CONFIG",
    /from 1 to 1000/,
  ],
  [
    "learned positions that are not there",
    () => withConfig(nmt, "encoder.learn_positional_encodings", true),
    "INVALID_CONFIG",
    /none/,
  ],
  [
    "no embedding",
    () => withWeights(nmt, (w) => w.delete("encoder._embedding.token_embedding.weight")),
    "INVALID_CONFIG",
    /none/,
  ],
  [
    "a head of other tokens than the decoder",
    () =>
      withWeights(nmt, (w) =>
        w.set(
          "log_softmax.mlp.layer0.weight",
          memoryView("float32", new Float32Array(10 * SIZE), [10, SIZE]),
        ),
      ),
    "INVALID_CONFIG",
    /10 tokens.* 300/,
  ],
];

for (const [name, make, code, message] of REFUSED) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(convertCheckpoint(make()), (error: unknown) => {
      assert.ok(isToolError(error, code), String(error));
      assert.match(error.message, message);
      assert.ok(error.hint.length > 10 && error.at.length > 0);
      return true;
    });
  });
}
