import assert from "node:assert/strict";
import { test } from "node:test";
import { withConfig, withWeights } from "../../../test/support/edit-checkpoint.ts";
import { openLanguageModel } from "../../../test/support/language-fixtures.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { bytesSource, readAll } from "../../io/byte-source.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import type { Checkpoint } from "../architecture.ts";
import { convertCheckpoint } from "../convert.ts";

const punctuation = await openLanguageModel("pc-bert");
const distilBert = await openLanguageModel("pc-distilbert");
const albert = await openLanguageModel("tkc-albert");
const tokens = await openLanguageModel("tkc-bert");
const questions = await openLanguageModel("qa-bert");
const intents = await openLanguageModel("isc-bert");

const ENCODER = "language_model.config_file";

/** With the content of an artifact replaced. */
async function withArtifact(
  checkpoint: Checkpoint,
  path: string,
  edit: (text: string) => string | Uint8Array,
): Promise<Checkpoint> {
  const member = checkpoint.artifact(checkpoint.config.get(path))!;
  const text = new TextDecoder().decode(await readAll(member.source, 1 << 20));
  const source = bytesSource(Buffer.from(edit(text)), member.name);
  return {
    ...checkpoint,
    artifact: (reference) => {
      const found = checkpoint.artifact(reference);
      return found?.name === member.name ? { ...member, source } : found;
    },
  };
}

/** With some values of the encoder's configuration replaced. */
const withEncoder = (checkpoint: Checkpoint, values: Record<string, unknown>) =>
  withArtifact(checkpoint, ENCODER, (text) =>
    JSON.stringify({ ...(JSON.parse(text) as object), ...values }),
  );

const extra = memoryView("float32", Float32Array.of(1));

const REFUSED: readonly [string, () => Checkpoint | Promise<Checkpoint>, ErrorCode, RegExp][] = [
  [
    "an unknown encoder",
    () => withEncoder(punctuation, { model_type: "deberta-v2" }),
    "UNSUPPORTED_ARCHITECTURE",
    /model_type: "deberta-v2"/,
  ],
  [
    "an encoder without a type",
    () => withEncoder(punctuation, { model_type: null }),
    "UNSUPPORTED_ARCHITECTURE",
    /model_type/,
  ],
  [
    "a Megatron encoder",
    () =>
      withConfig(
        withConfig(punctuation, ENCODER, null),
        "language_model.pretrained_model_name",
        "megatron-bert-345m-uncased",
      ),
    "UNSUPPORTED_ARCHITECTURE",
    /megatron-bert-345m-uncased/,
  ],
  [
    "no configuration of the encoder",
    () => withConfig(punctuation, ENCODER, undefined),
    "INVALID_CONFIG",
    /config_file.*'bert-base-uncased'/,
  ],
  [
    "a configuration that is not in the archive",
    () => withConfig(punctuation, ENCODER, "nemo:none.json"),
    "INVALID_FILE",
    /none\.json/,
  ],
  [
    "a configuration that is no file name",
    () => withConfig(punctuation, ENCODER, 5),
    "INVALID_CONFIG",
    /config_file/,
  ],
  [
    "a configuration that is no JSON",
    () => withArtifact(punctuation, ENCODER, (text) => text.slice(0, 200)),
    "INVALID_FILE",
    /not valid/,
  ],
  [
    "a configuration of many levels",
    () => withArtifact(punctuation, ENCODER, () => "[".repeat(100_000)),
    "INVALID_FILE",
    /not valid/,
  ],
  [
    "a configuration that is far too large",
    () => withArtifact(punctuation, ENCODER, () => new Uint8Array((4 << 20) + 1)),
    "LIMIT_EXCEEDED",
    /bytes/,
  ],
  [
    "relative positions",
    () => withEncoder(punctuation, { position_embedding_type: "relative_key" }),
    "UNSUPPORTED_ARCHITECTURE",
    /relative_key/,
  ],
  [
    "an unknown activation",
    () => withEncoder(punctuation, { hidden_act: "mish" }),
    "UNSUPPORTED_ARCHITECTURE",
    /hidden_act: "mish"/,
  ],
  [
    "heads that do not divide the size",
    () => withEncoder(punctuation, { num_attention_heads: 5 }),
    "INVALID_CONFIG",
    /hidden_size.*5, got 32/,
  ],
  [
    "the same in a DistilBERT",
    () => withEncoder(distilBert, { n_heads: 5 }),
    "INVALID_CONFIG",
    /dim.*5, got 32/,
  ],
  [
    "billions of layers",
    () => withEncoder(punctuation, { num_hidden_layers: 4_000_000_000 }),
    "INVALID_CONFIG",
    /num_hidden_layers.*from 1 to 1000/,
  ],
  [
    "more layers than weights",
    () => withEncoder(punctuation, { num_hidden_layers: 3 }),
    "INVALID_CONFIG",
    /expected, but there is none/,
  ],
  [
    "fewer layers than weights",
    () => withEncoder(punctuation, { num_hidden_layers: 1 }),
    "INVALID_CONFIG",
    /layer\.1\./,
  ],
  [
    "more groups than layers",
    () => withEncoder(albert, { num_hidden_groups: 3 }),
    "INVALID_CONFIG",
    /num_hidden_groups/,
  ],
  [
    "another vocabulary",
    () => withEncoder(punctuation, { vocab_size: 321 }),
    "INVALID_CONFIG",
    /\[320, 32\].*\[321, 32\]/,
  ],
  [
    "text for a number",
    () => withEncoder(punctuation, { hidden_size: "32" }),
    "INVALID_CONFIG",
    /hidden_size: expected a positive integer, got "32"/,
  ],
  [
    "no epsilon",
    () => withEncoder(punctuation, { layer_norm_eps: 0 }),
    "INVALID_CONFIG",
    /layer_norm_eps/,
  ],
  [
    "one label too many in the file",
    () =>
      withArtifact(punctuation, "class_labels.punct_labels_file", (text) => `${text.trimEnd()}\n!`),
    "INVALID_CONFIG",
    /punct_labels_file: 5 classes.* 4/,
  ],
  [
    "one label too few in the configuration",
    () => withConfig(tokens, "label_ids", new Map([["O", 0]])),
    "INVALID_CONFIG",
    /label_ids: 1 classes.* 9/,
  ],
  [
    "labels in a list of another length",
    () => withConfig(intents, "data_desc.slot_labels", ["O"]),
    "INVALID_CONFIG",
    /slot_labels: 1 classes.* 5/,
  ],
  [
    "a head of another depth",
    () => withConfig(tokens, "head.num_fc_layers", 3),
    "INVALID_CONFIG",
    /num_fc_layers: 3 layers.* 2/,
  ],
  [
    "an unknown activation of the head",
    () => withConfig(tokens, "head.activation", "erf"),
    "UNSUPPORTED_ARCHITECTURE",
    /erf/,
  ],
  [
    "a count of classes that is text",
    () => withConfig(questions, "token_classifier.num_classes", "two"),
    "INVALID_CONFIG",
    /num_classes/,
  ],
  [
    "a head without weights",
    () => withWeights(punctuation, (w) => w.delete("capit_classifier.mlp.layer0.weight")),
    "INVALID_CONFIG",
    /head are missing/,
  ],
  [
    "a leftover weight",
    () => withWeights(punctuation, (w) => w.set("bert_model.adapter.weight", extra)),
    "INVALID_CONFIG",
    /bert_model\.adapter/,
  ],
  [
    "weights of another class",
    () => ({ ...questions, target: punctuation.target }),
    "INVALID_CONFIG",
    /head are missing/,
  ],
];

for (const [name, make, code, message] of REFUSED) {
  test(`refused: ${name}`, async () => {
    const checkpoint = await make();
    await assert.rejects(convertCheckpoint(checkpoint), (error: unknown) => {
      assert.ok(isToolError(error, code), String(error));
      assert.match(error.message, message);
      assert.ok(error.hint.length > 10 && error.at.length > 0);
      return true;
    });
  });
}

test("errors in the encoder's configuration name its file", async () => {
  const checkpoint = await withEncoder(punctuation, { hidden_size: -1 });
  await assert.rejects(
    convertCheckpoint(checkpoint),
    (error: unknown) =>
      isToolError(error) &&
      error.at.at(-1)?.endsWith("_bert-base-uncased_encoder_config.json") === true,
  );
});

test("buffers and the pooler, which no graph needs, may be there or not", async () => {
  const ids = memoryView("int64", BigInt64Array.from([0n]), [1, 1]);
  const older = withWeights(punctuation, (weights) => {
    weights.set("bert_model.embeddings.position_ids", ids);
    weights.delete("bert_model.pooler.dense.weight");
    weights.delete("bert_model.pooler.dense.bias");
  });
  const { graphs } = await convertCheckpoint(older);
  assert.deepEqual(graphs[0]!.graph.nodes, (await graphOf(punctuation)).nodes);
});

test("layers of ALBERT share their weights", async () => {
  const { nodes, initializers } = await graphOf(albert);
  const queries = initializers.filter(({ name }) => name.endsWith("attention.query.weight"));
  assert.equal(queries.length, 1);
  const uses = nodes.filter(({ inputs }) => inputs.includes(queries[0]!.name));
  assert.equal(uses.length, 2);
});

async function graphOf(checkpoint: Checkpoint) {
  return (await convertCheckpoint(checkpoint)).graphs[0]!.graph;
}
