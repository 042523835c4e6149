/** Decoders that search: their files and settings in the plan, and what is refused. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { projectRoot } from "../../../test/support/paths.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { splitWords, typeOptions } from "../../options/parse.ts";
import { buildPipeline } from "../build-pipeline.ts";
import type { PipelinePlan } from "../plan.ts";
import { speechRecognition } from "./pipeline.ts";

const folder = mkdtempSync(path.join(tmpdir(), "decoder-"));
after(() => rmSync(folder, { recursive: true }));

const lm = path.join(projectRoot, "test/fixtures/language-model/probing.binary");
const file = (name: string, text: string): string => {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
};
const words = file("words.txt", "cab\nabba\n");
const lexicon = file("lexicon.txt", "cab\tc a b\n");

async function plan(options: readonly string[], model = "quartznet-char"): Promise<PipelinePlan> {
  const { values, given } = typeOptions(
    splitWords([...options], speechRecognition.options).options,
    speechRecognition.options,
  );
  return buildPipeline({
    pipeline: speechRecognition,
    output: { path: path.join(folder, "out.rmir"), key: undefined },
    inputs: [{ path: path.join(projectRoot, `test/fixtures/riva/${model}.riva`), key: undefined }],
    values,
    given,
    force: true,
  });
}

const BINARY = `--decoding_language_model_binary=${lm}`;

test("flashlight: files, settings and the tokens that leave the model", async () => {
  const made = await plan([
    "--decoder_type=flashlight",
    BINARY,
    `--decoding_vocab=${words}`,
    "--flashlight_decoder.lm_weight=0.2",
    "--flashlight_decoder.beam_size_token=12",
  ]);
  const component = (name: string) =>
    made.description.components.find((entry) => entry.name === name);
  const decoder = component("lm_decoder");
  assert.deepEqual(decoder?.files, {
    vocab_file: "lm_decoder-riva_decoder_vocabulary.txt",
    language_model: "lm_decoder-language_model-probing.binary",
    decoding_vocab: "lm_decoder-decoding_vocab-words.txt",
  });
  assert.equal(decoder.parameters["step"], "ctc-beam-decoder");
  const own = decoder.parameters["step_parameters"] as Record<string, unknown>;
  assert.deepEqual(
    [own["decoder_type"], own["lm_weight"], own["beam_size"], own["use_lexicon_free_decoding"]],
    ["flashlight", 0.2, 32, false],
  );
  assert.equal(component("nn")?.parameters["top_tokens"], 12);
  assert.equal(made.description.parameters["decoder_type"], "flashlight");
});

test("the greedy decoder stays what it was", async () => {
  const { description } = await plan([]);
  const network = description.components.find((entry) => entry.name === "nn");
  assert.equal(network?.parameters["top_tokens"], undefined);
});

test("of lexicon and vocabulary the lexicon is taken, and that is said", async () => {
  const made = await plan([
    "--decoder_type=flashlight",
    `--decoding_vocab=${words}`,
    `--decoding_lexicon=${lexicon}`,
  ]);
  const decoder = made.description.components.find((entry) => entry.name === "lm_decoder");
  assert.deepEqual(Object.keys(decoder?.files ?? {}), ["vocab_file", "decoding_lexicon"]);
  assert.ok(made.notices.some(({ option }) => option === "decoding_vocab"));
});

const REFUSED: readonly [string, string[], ErrorCode, RegExp][] = [
  [
    "kaldi",
    ["--decoder_type=kaldi", `--decoding_language_model_arpa=${words}`],
    "UNSUPPORTED",
    /flashlight/,
  ],
  ["nemo", ["--decoder_type=nemo"], "UNSUPPORTED", /transducer/],
  ["pass_through", ["--decoder_type=pass_through"], "UNSUPPORTED", /greedy/],
  ["no words", ["--decoder_type=flashlight", BINARY], "USAGE", /give the files/],
  [
    "no KenLM binary",
    ["--decoder_type=os2s", `--decoding_language_model_binary=${words}`],
    "INVALID_FILE",
    /--decoding_language_model_arpa/,
  ],
  [
    "another model's lexicon",
    ["--decoder_type=flashlight", `--decoding_lexicon=${file("other.txt", "cab\t▁cab\n")}`],
    "INVALID_FILE",
    /own vocabulary/,
  ],
  [
    "a score that is none",
    ["--decoder_type=flashlight", "--flashlight_decoder.unk_score=low"],
    "USAGE",
    /-inf/,
  ],
];

for (const [what, options, code, hint] of REFUSED) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(
      plan(options),
      (error) => isToolError(error, code) && hint.test(error.hint),
    );
  });
}
