/**
 * Language pipelines as `riva-deploy` writes them, in the real Triton with auto-complete off: they
 * load, and answer as the embedded engine does, in pages and in one piece.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { createEmbeddedEngine } from "../../src/serve/engine/embedded/embedded-engine.ts";
import { STEPS } from "../../src/steps/registry.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { deployLanguageModels } from "../support/language-pipelines.ts";
import { projectRoot, skipWithoutShared } from "../support/paths.ts";
import { startTriton } from "../support/real-triton.ts";
import { scratchFolder } from "../support/scratch.ts";

const FIRST_PORT = 18730;
const TOLERANCE = 1e-4;

const fixture = (name: string): string =>
  path.join(projectRoot, "test/fixtures/nemo-nlp", name, "model.nemo");

const SENTENCE = "the museum in vienna was founded by two sisters in the spring of 1901";
const LONG = Array.from({ length: 12 }, () => SENTENCE).join(" ");

interface Question {
  readonly model: string;
  readonly texts: Readonly<Record<string, string>>;
}

const TEXTS = ["hello how are you today", "Café “Müller”, 😀 world!", "", LONG];
const QUESTIONS: readonly Question[] = [
  ...["riva_punctuation", "riva_ner", "riva_intent_x", "riva_text_classification_x"].flatMap(
    (model) => TEXTS.map((text) => ({ model, texts: { PIPELINE_INPUT: text } })),
  ),
  ...["", SENTENCE, LONG].map((CONTEXT) => ({
    model: "riva_qa",
    texts: { QUERY: "When was the museum founded?", CONTEXT },
  })),
];

test("language pipelines in the real Triton", { skip: skipWithoutShared }, async (context) => {
  const folder = scratchFolder(context);
  const steps = path.join(folder, "steps");
  const bundled = spawnSync(process.execPath, ["tools/bundle-steps.mjs", steps], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(bundled.status, 0, bundled.stderr);
  const repository = await deployLanguageModels(
    folder,
    [
      {
        pipeline: "punctuation",
        source: fixture("pc-bert"),
        words: ["--max_batch_size=8"],
      },
      { pipeline: "token_classification", source: fixture("tkc-spe") },
      {
        pipeline: "intent_slot",
        source: fixture("isc-bert"),
        words: ["--domain_name=x", "--max_seq_length=24"],
      },
      {
        pipeline: "text_classification",
        source: fixture("tc-bert"),
        words: ["--domain_name=x", "--max_seq_length=24", "--max_batch_size=2"],
      },
      { pipeline: "qa", source: fixture("qa-bert"), words: ["--max_batch_size=3"] },
    ],
    steps,
  );
  const engine = await createEmbeddedEngine({ repository, steps: STEPS });
  context.after(() => engine.close());
  const triton = startTriton(repository, FIRST_PORT);
  context.after(() => triton.stop());
  let pages = 0;
  for (const { model, texts } of QUESTIONS) {
    for (let cursor = 0; cursor >= 0;) {
      const inputs: Record<string, Tensor> = Object.fromEntries(
        Object.entries(texts).map(([name, text]) => [name, tensor("string", [text])]),
      );
      if (cursor > 0) inputs["CURSOR"] = tensor("int32", Int32Array.of(cursor));
      const expected = await engine.infer({ model, inputs });
      const wire = Object.entries(inputs).map(([name, { dtype, data }]) => [
        name,
        { datatype: dtype === "string" ? "BYTES" : "INT32", shape: [1], data: [...data] },
      ]);
      const request = { sequence: 0, start: false, end: false, inputs: Object.fromEntries(wire) };
      const [answer] = triton.ask(model, [request]);
      assert.equal(answer?.error, undefined, `${model}: ${JSON.stringify(texts).slice(0, 80)}`);
      for (const [name, { dtype, shape, data }] of Object.entries(expected)) {
        const output = answer?.outputs?.[name];
        assert.deepEqual(output?.shape, shape, `${model}: ${name}`);
        const values = output?.data ?? [];
        if (dtype !== "float32") assert.deepEqual(values, [...data], `${model}: ${name}`);
        else {
          (data as Float32Array).forEach((value, i) =>
            assert.ok(Math.abs(value - Number(values[i])) <= TOLERANCE, `${model}: ${name}`),
          );
        }
      }
      pages++;
      cursor = Number(expected["NEXT_CURSOR"]?.data[0]);
    }
  }
  assert.ok(pages > QUESTIONS.length + 5, "long texts took several pages");
});
