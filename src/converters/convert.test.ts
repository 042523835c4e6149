import assert from "node:assert/strict";
import { test } from "node:test";
import { withConfig, withWeights } from "../../test/support/edit-checkpoint.ts";
import { openLanguageModel } from "../../test/support/language-fixtures.ts";
import { openNemoFixture } from "../../test/support/nemo-fixtures.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { isToolError } from "../errors/tool-error.ts";
import { memoryView } from "../tensor/memory-view.ts";
import type { Checkpoint, ConvertOptions } from "./architecture.ts";
import { convertCheckpoint } from "./convert.ts";
import { ARCHITECTURES } from "./registry.ts";

const quartznet = await openNemoFixture("quartznet-char");
const conformer = await openNemoFixture("conformer-ctc-bpe");
const citrinet = await openNemoFixture("citrinet-wpe");
const hybrid = await openNemoFixture("fastconformer-hybrid-ctc");

const extra = memoryView("float32", Float32Array.of(1));

const REFUSED: readonly [string, () => Checkpoint, ErrorCode, RegExp, ConvertOptions?][] = [
  [
    "an unknown class",
    () => ({ ...quartznet.checkpoint, target: "a.b.Unknown" }),
    "UNSUPPORTED_ARCHITECTURE",
    /Unknown/,
  ],
  [
    "an unknown encoder",
    () => withConfig(quartznet.checkpoint, "encoder._target_", "x.LSTMEncoder"),
    "UNSUPPORTED_ARCHITECTURE",
    /LSTMEncoder/,
  ],
  [
    "a hybrid without a choice of head",
    () => hybrid.checkpoint,
    "UNSUPPORTED_ARCHITECTURE",
    /Hybrid/,
  ],
  [
    "a missing key",
    () => withWeights(quartznet.checkpoint, (w) => w.delete("decoder.decoder_layers.0.bias")),
    "INVALID_CONFIG",
    /expected, but there is none/,
  ],
  [
    "a leftover key",
    () =>
      withWeights(quartznet.checkpoint, (w) => w.set("encoder.encoder.9.mconv.0.weight", extra)),
    "INVALID_CONFIG",
    /encoder\.encoder\.9/,
  ],
  [
    "weights of integers",
    () =>
      withWeights(quartznet.checkpoint, (w) =>
        w.set("decoder.decoder_layers.0.bias", {
          ...w.get("decoder.decoder_layers.0.bias")!,
          dtype: "int32",
        }),
      ),
    "INVALID_CONFIG",
    /int32/,
  ],
  [
    "fewer filters than the weights have",
    () => withConfig(quartznet.checkpoint, "encoder.jasper.0.filters", 23),
    "INVALID_CONFIG",
    /\[24, 64, 1\].*\[23, 64, 1\]/,
  ],
  [
    "a vocabulary of another size",
    () => withConfig(quartznet.checkpoint, "decoder.num_classes", 30),
    "INVALID_CONFIG",
    /decoder\.num_classes.*28.*30/,
  ],
  [
    "text for a number",
    () => withConfig(conformer.checkpoint, "encoder.d_model", "512x"),
    "INVALID_CONFIG",
    /encoder\.d_model: expected a positive integer, got "512x"/,
  ],
  [
    "a section that is a list",
    () => withConfig(conformer.checkpoint, "encoder.n_heads", []),
    "INVALID_CONFIG",
    /encoder\.n_heads/,
  ],
  [
    "an unknown activation",
    () => withConfig(quartznet.checkpoint, "encoder.activation", "mish"),
    "UNSUPPORTED_ARCHITECTURE",
    /mish/,
  ],
  [
    "an unknown subsampling",
    () => withConfig(conformer.checkpoint, "encoder.subsampling", "striding_conv1d"),
    "UNSUPPORTED_ARCHITECTURE",
    /striding_conv1d/,
  ],
  [
    "another head",
    () => withConfig(quartznet.checkpoint, "decoder._target_", "x.LSTMDecoder"),
    "UNSUPPORTED_ARCHITECTURE",
    /LSTMDecoder/,
  ],
  [
    "global tokens",
    () => withConfig(conformer.checkpoint, "encoder.global_tokens", 2),
    "UNSUPPORTED_ARCHITECTURE",
    /global_tokens/,
  ],
  [
    "a fused norm",
    () => withConfig(conformer.checkpoint, "encoder.conv_norm_type", "fused_batch_norm"),
    "UNSUPPORTED_ARCHITECTURE",
    /fused/,
  ],
  [
    "squeeze windows of NeMo 1.5",
    () => citrinet.checkpoint,
    "UNSUPPORTED_ARCHITECTURE",
    /NeMo 1\.5/,
    { nemoProfile: "1.5" },
  ],
  [
    "a reduction",
    () => withConfig(conformer.checkpoint, "encoder.reduction", "pooling"),
    "UNSUPPORTED_ARCHITECTURE",
    /pooling/,
  ],
  [
    "heads that do not divide",
    () => withConfig(conformer.checkpoint, "encoder.n_heads", 5),
    "INVALID_CONFIG",
    /d_model/,
  ],
  [
    "a context without sizes",
    () => withConfig(conformer.checkpoint, "encoder.att_context_size", [1]),
    "INVALID_CONFIG",
    /att_context_size/,
  ],
  [
    "a stride that the residual has not",
    () => withConfig(quartznet.checkpoint, "encoder.jasper.1.stride", [2]),
    "INVALID_GRAPH",
    /Add/,
  ],
  [
    "an opset that cannot be written",
    () => quartznet.checkpoint,
    "UNSUPPORTED",
    /22/,
    { opset: 22 },
  ],
];

for (const [name, make, code, message, options] of REFUSED) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(convertCheckpoint(make(), options), (error: unknown) => {
      assert.ok(isToolError(error, code), String(error));
      assert.match(error.message, message);
      assert.ok(error.hint.length > 10 && error.at.length > 0);
      return true;
    });
  });
}

test("a conversion reads no weight", async () => {
  const weights = new Map(
    [...conformer.checkpoint.weights].map(([name, view]) => {
      const read = async (): Promise<never> => assert.fail(`${name} is read`);
      return [name, { ...view, storage: { ...view.storage, read } }];
    }),
  );
  const { architecture, properties } = await convertCheckpoint({
    ...conformer.checkpoint,
    weights,
  });
  assert.equal(architecture, "conformer-ctc");
  assert.deepEqual(properties, {
    sampleRate: 16000,
    featureCount: 64,
    subsamplingFactor: 4,
    classCount: 57,
  });
});

test("architectures have unique names, and exactly one converts each checkpoint", async () => {
  assert.equal(new Set(ARCHITECTURES.map(({ name }) => name)).size, ARCHITECTURES.length);
  const languageModels = ["pc-bert", "isc-bert", "tkc-albert", "tc-roberta", "qa-bert", "nmt"];
  const checkpoints = [
    ...[quartznet, conformer, hybrid].map(({ checkpoint }) => checkpoint),
    ...(await Promise.all(languageModels.map(openLanguageModel))),
  ];
  for (const checkpoint of checkpoints) {
    const options = { decoderHead: "ctc" } as const;
    const name = checkpoint.target.split(".").at(-1) as string;
    const matching = ARCHITECTURES.filter(
      (a) => a.targets.includes(name as never) && a.matches(checkpoint.config, options),
    );
    assert.equal(matching.length, 1);
  }
});
