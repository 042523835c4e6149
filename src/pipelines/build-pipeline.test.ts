import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { projectRoot, sharedRoot } from "../../test/support/paths.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { isToolError } from "../errors/tool-error.ts";
import { quote } from "../formats/eff/manifest-yaml.ts";
import { createGzipSink } from "../formats/gzip/write.ts";
import { openRmir } from "../formats/rmir/read.ts";
import { openRiva, readArtifactBytes, readArtifactText } from "../formats/riva/read.ts";
import { writeRiva } from "../formats/riva/write.ts";
import { finishTar, writeTarMember } from "../formats/tar/write.ts";
import { MemorySink } from "../io/byte-sink.ts";
import { readAll } from "../io/byte-source.ts";
import { parseArchiveRef } from "../options/archive-ref.ts";
import { defineOptions } from "../options/option.ts";
import { splitWords, typeOptions } from "../options/parse.ts";
import { buildPipeline } from "./build-pipeline.ts";
import { isHydraCommand, parseHydraCommand } from "./hydra.ts";
import type { PipelinePlan } from "./plan.ts";
import { findPipeline } from "./registry.ts";

const folder = mkdtempSync(path.join(tmpdir(), "build-"));
after(() => rmSync(folder, { recursive: true }));

const fixture = (name: string): string =>
  path.join(projectRoot, "test/fixtures/riva", `${name}.riva`);

interface Run {
  readonly plan: PipelinePlan;
  readonly log: readonly string[];
}

/** What the command does, without the process around it. */
async function run(words: readonly string[]): Promise<Run> {
  const log: string[] = [];
  const hydra = isHydraCommand(words) ? parseHydraCommand(words) : undefined;
  const pipeline = findPipeline(hydra?.pipeline ?? words[0] ?? "");
  const table = defineOptions({
    ...pipeline.options,
    force: { type: "bool", short: "f", default: false, doc: "Overwrite" },
  });
  const classic = splitWords(
    hydra === undefined
      ? words.slice(1)
      : hydra.options.map(({ name, value }) => `--${name}=${value}`),
    table,
  );
  const { values, given } = typeOptions(classic.options, table);
  const [output = "", ...inputs] =
    hydra === undefined
      ? classic.positionals
      : [hydra.output ?? "", ...hydra.inputs.map((input) => input.reference)];
  const plan = await buildPipeline({
    pipeline,
    output: parseArchiveRef(output),
    inputs: inputs.map(parseArchiveRef),
    values,
    given,
    force: values["force"] === true,
    onProgress: (level, text) => log.push(`${level} ${text}`),
  });
  return { plan, log };
}

const source = (plan: PipelinePlan, name: string) => {
  const option = plan.options.find((entry) => entry.name === name);
  return [option?.value, option?.source];
};

test("an archive alone is enough: everything else is read from it or has a default", async () => {
  const out = path.join(folder, "alone.rmir");
  const { plan, log } = await run(["speech_recognition", out, fixture("fastconformer-ctc-bpe")]);
  assert.deepEqual(source(plan, "ms_per_timestep"), [80, "model"]);
  assert.deepEqual(source(plan, "sample_rate"), [16000, "model"]);
  assert.deepEqual(source(plan, "chunk_size"), [0.16, "default"]);
  assert.deepEqual(source(plan, "decoder_type"), ["greedy", "default"]);
  assert.deepEqual(source(plan, "name"), ["riva-asr", "default"]);
  assert.deepEqual(log, [
    "INFO Packing binaries for nn/ONNX : {'onnx': 'nemo.collections.asr.models.EncDecCTCModelBPE, model_graph.onnx'}",
    "INFO Copying onnx:model_graph.onnx -> nn:nn-model_graph.onnx",
    "INFO Packing binaries for lm_decoder/step : {'vocab_file': 'riva_decoder_vocabulary.txt'}",
    "INFO Copying vocab_file:riva_decoder_vocabulary.txt -> lm_decoder:lm_decoder-riva_decoder_vocabulary.txt",
    `INFO Saving to ${out}`,
  ]);
  const rmir = await openRmir(out);
  assert.deepEqual(rmir.description, plan.description);
  assert.deepEqual(
    rmir.description.components.map(({ name, parameters }) => [name, parameters["model_name"]]),
    [
      ["nn", "riva-onnx-riva-asr-am-streaming"],
      ["featurizer", "riva-asr-feature-extractor-streaming"],
      ["audio_window", "riva-asr-audio-window-streaming"],
      ["lm_decoder", "riva-asr-ctc-decoder-cpu-streaming"],
      ["endpointing", "riva-asr-endpointing-streaming"],
    ],
  );
  const vocabulary = await readAll(
    rmir.files.get("lm_decoder-riva_decoder_vocabulary.txt")!,
    1 << 20,
  );
  const lines = Buffer.from(vocabulary).toString().split("\n");
  assert.equal(lines.length, 56 + 1);
  assert(lines.some((line) => line.startsWith("▁")));
  await rmir.close();
});

test("the same archive and options give the same bytes", async () => {
  const [a, b] = ["same-a.rmir", "same-b.rmir"].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  await run(["speech_recognition", a, fixture("quartznet-char"), "--offline"]);
  await run(["speech_recognition", b, fixture("quartznet-char"), "--offline"]);
  assert.deepEqual(readFileSync(a), readFileSync(b));
});

test("options reach the components", async () => {
  const out = path.join(folder, "options.rmir");
  const { plan, log } = await run([
    "speech_recognition",
    out,
    `${fixture("quartznet-char")}:unneeded`,
    "--name=digits",
    "--language_code=en-GB",
    "--offline",
    "--streaming=False",
    "--chunk_size=900",
    "--acoustic_model_name=shared",
    "--featurizer_name=mel",
    "--nn.max_batch_size=8",
    "--nn.opt_batch_size=4",
    "--max_batch_size=12",
    "--featurizer.max_batch_size=512",
    "--featurizer.max_execution_batch_size=256",
    "--vad.vad_start_history=200",
    "--endpointing.stop_th=0.9",
    "--featurizer.dither=0.1",
    "--flashlight_decoder.lm_weight=0.2",
    "--greedy_decoder.asr_model_delay=-1",
  ]);
  const component = (name: string) =>
    plan.description.components.find((entry) => entry.name === name)?.parameters;
  assert.equal(component("nn")?.["model_name"], "riva-onnx-shared");
  assert.deepEqual(
    [component("nn")?.["max_batch_size"], component("nn")?.["preferred_batch_size"]],
    [8, 4],
  );
  assert.equal(component("featurizer")?.["model_name"], "mel");
  assert.equal(component("featurizer")?.["max_batch_size"], 256);
  assert.equal(component("lm_decoder")?.["model_name"], "digits-ctc-decoder-cpu-offline");
  assert.equal(component("lm_decoder")?.["max_batch_size"], 12);
  const endpointing = component("endpointing")?.["step_parameters"] as Record<string, unknown>;
  assert.deepEqual(
    [endpointing["start_history"], endpointing["stop_th"], endpointing["streaming"]],
    [200, 0.9, false],
  );
  assert.deepEqual(plan.description.parameters, {
    language_code: "en-GB",
    type: "offline",
    sample_rate: 16000,
    streaming: false,
    chunk_size: 900,
    left_padding_size: 0,
    right_padding_size: 0,
    ms_per_timestep: 20,
    decoder_type: "greedy",
    model_family: "quartznet",
  });
  assert.deepEqual(
    plan.notices.map((notice) => notice.option),
    ["featurizer.dither", "flashlight_decoder"],
  );
  assert(log.some((line) => line.includes("is not encrypted")));
});

test("-v says every option with where its value comes from", async () => {
  const out = path.join(folder, "verbose.rmir");
  const { log } = await run([
    "speech_recognition",
    out,
    fixture("quartznet-char"),
    "-v",
    "--name=x",
  ]);
  for (const line of [
    "name = x (given)",
    "ms_per_timestep = 20 (from the model)",
    "streaming = true (default)",
  ]) {
    assert(log.includes(`INFO ${line}`), line);
  }
});

const thresholds: [string, string[], number][] = [
  ["fastconformer-ctc-bpe", [], 0.2],
  ["quartznet-char", [], 0.066],
  ["quartznet-char", ["--endpointing.start_history=200"], 0.1],
  ["quartznet-char", ["--endpointing.start_th=0.5"], 0.5],
];

for (const [model, words, expected] of thresholds) {
  test(`one token starts an utterance: ${model} ${words.join(" ")}`, async () => {
    const out = path.join(folder, "threshold.rmir");
    const { plan } = await run(["speech_recognition", out, fixture(model), ...words, "-f"]);
    const component = plan.description.components.find((entry) => entry.name === "endpointing");
    const parameters = component?.parameters["step_parameters"] as Record<string, unknown>;
    assert.equal(parameters["start_th"], expected);
    assert.equal(
      source(plan, "endpointing.start_th")[1],
      words[0]?.includes("start_th") ? "given" : "model",
    );
  });
}

interface ErrorCase {
  readonly id: string;
  readonly tool: string;
  readonly argv: string[];
  readonly class: string;
  readonly severity: "error" | "warning";
  readonly files: Record<
    string,
    { kind: string; model_class?: string; encrypted?: boolean; timestep_ms?: number }
  >;
}

/** The kind of error each class of mistake ends in; undefined where the case is not ours to judge. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  unknown_pipeline: "USAGE",
  missing_pipeline: "USAGE",
  unknown_option: "USAGE",
  unknown_step: "USAGE",
  unknown_step_option: "USAGE",
  option_of_other_pipeline: "USAGE",
  missing_input: "USAGE",
  too_many_inputs: "USAGE",
  input_not_found: "NOT_FOUND",
  input_order: "USAGE",
  output_exists: "OUTPUT_EXISTS",
  output_unwritable: "CANNOT_WRITE",
  key_form: "USAGE",
  bad_boolean: "USAGE",
  bad_number: "USAGE",
  bad_enum: "USAGE",
  missing_value: "USAGE",
  bad_language_code: "USAGE",
  far_missing: "NOT_FOUND",
  chunk_not_multiple: "USAGE",
  padding_conflict: "USAGE",
  timestep_mismatch: "USAGE",
  streaming_offline_mix: "USAGE",
  wrong_archive: "INVALID_FILE",
  shell_accident: "USAGE",
  hydra_flag: "USAGE",
  hydra_missing: "USAGE",
  hydra_source_path: "USAGE",
  decoder_needs_artifact: "USAGE",
};

/** Where this version answers otherwise, and why. */
const OTHERWISE: Readonly<Record<string, ErrorCode>> = {
  "err-024": "UNSUPPORTED", // encrypted archives cannot be read at all
  "err-025": "UNSUPPORTED",
  "err-042": "UNSUPPORTED", // inverse text normalisation, before the grammar is looked at
};

/** Of an option given twice the last one counts, as in the original. */
const LAST_COUNTS: ReadonlySet<string> = new Set(["err-034"]);

function errorCases(): ErrorCase[] {
  if (sharedRoot === undefined) return [];
  return readFileSync(path.join(sharedRoot, "corpus/riva-build/errors.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ErrorCase)
    .filter(
      ({ tool, argv }) =>
        tool === "riva-build" && !/^(speech_synthesis|qa|punctuation)$/.test(argv[1] ?? ""),
    );
}

const kenlmFixture = path.join(projectRoot, "test/fixtures/language-model/probing.binary");

async function makeFile(
  file: string,
  { kind, encrypted, timestep_ms }: ErrorCase["files"][string],
): Promise<void> {
  const sink = new MemorySink();
  if (kind === "riva" && encrypted === true) await writeEncrypted(sink);
  else if (kind === "riva") await writeAcousticModel(sink, timestep_ms ?? 80);
  else if (kind === "nemo") {
    await writeTarMember(sink, {
      name: "./model_config.yaml",
      sizeBytes: 2,
      content: [Buffer.from("a:")],
    });
    await finishTar(sink);
  } else if (kind === "rmir") {
    const name = path.join(folder, `source-${path.basename(file)}`);
    await run(["speech_recognition", "-f", name, fixture("quartznet-char")]);
    await sink.write(readFileSync(name));
  } else if (kind === "kenlm") await sink.write(readFileSync(kenlmFixture));
  else if (file.endsWith("lexicon.txt")) await sink.write(Buffer.from("word\t▁t\n"));
  else await sink.write(Buffer.from(kind));
  writeFileSync(file, sink.bytes());
}

async function writeAcousticModel(sink: MemorySink, timestepMs: number): Promise<void> {
  const original = await openRiva(fixture("fastconformer-ctc-bpe"));
  const config = (await readArtifactText(original, "model_config.yaml")).replace(
    "subsampling_factor: 8",
    `subsampling_factor: ${timestepMs / 10}`,
  );
  await writeRiva(sink, {
    target: original.objCls,
    format: "ONNX",
    files: [{ member: "model_config.yaml", content: Buffer.from(config) }],
    graphs: [
      { name: "model_graph.onnx", content: await readArtifactBytes(original, "model_graph.onnx") },
    ],
  });
  await original.close();
}

async function writeEncrypted(sink: MemorySink): Promise<void> {
  const properties = `{"encryption": ${quote("isratuzcvl")}, "onnx": true}`;
  const config = `{"encryption": "isratuzcvl"}`;
  const manifest = `artifacts: {"model_graph.onnx": ${properties}, "model_config.yaml": ${config}}\nmetadata: {format_version: 3, obj_cls: a.models.EncDecCTCModelBPE}\n`;
  const gzip = createGzipSink(sink);
  for (const [name, text] of [
    ["manifest.yaml", manifest],
    ["artifacts/model_graph.onnx", "0123456789abcdefx"],
    ["artifacts/model_config.yaml", "0123456789abcdefx"],
  ] as const) {
    await writeTarMember(gzip, { name, sizeBytes: text.length, content: [Buffer.from(text)] });
  }
  await finishTar(gzip);
  await gzip.finish();
}

for (const wrong of errorCases()) {
  const code = OTHERWISE[wrong.id] ?? CODES[wrong.class];
  const isAccepted =
    LAST_COUNTS.has(wrong.id) ||
    (wrong.severity === "warning" && OTHERWISE[wrong.id] === undefined);
  test(`${wrong.id}, ${wrong.class}: ${isAccepted ? "said" : code}`, async () => {
    const place = path.join(folder, wrong.id);
    mkdirSync(path.join(place, "data"), { recursive: true });
    const there = (text: string): string => text.replaceAll("/data/", `${place}/data/`);
    for (const [file, what] of Object.entries(wrong.files)) await makeFile(there(file), what);
    const before = new Map(
      Object.keys(wrong.files).map((file) => [file, readFileSync(there(file))]),
    );
    const words = wrong.argv.slice(1).map(there);
    const output = there("/data/asr.rmir");
    if (isAccepted) {
      const { log } = await run(words);
      if (wrong.severity === "warning")
        assert(
          log.some((line) => line.startsWith("WARNING")),
          log.join("\n"),
        );
      assert(existsSync(output));
      return;
    }
    await assert.rejects(run(words), (error: unknown) => {
      assert(isToolError(error, code), String(error));
      assert(error.hint.length > 0);
      return true;
    });
    for (const [file, bytes] of before)
      assert.deepEqual(readFileSync(there(file)), bytes, `${file} is untouched`);
    if (wrong.files["/data/asr.rmir"] === undefined)
      assert(!existsSync(output), "nothing was written");
  });
}

test("an encrypted archive is refused with the ways out", async () => {
  const sink = new MemorySink();
  await writeEncrypted(sink);
  const file = path.join(folder, "encrypted.riva");
  writeFileSync(file, sink.bytes());
  await assert.rejects(
    run(["speech_recognition", path.join(folder, "never.rmir"), `${file}:tlt_encode`]),
    (e) =>
      isToolError(e, "UNSUPPORTED") &&
      e.hint.includes("without a key") &&
      !e.message.includes("tlt_encode"),
  );
});

test("encrypting the output is refused rather than left out", async () => {
  await assert.rejects(
    run([
      "speech_recognition",
      `${path.join(folder, "never.rmir")}:secret`,
      fixture("quartznet-char"),
    ]),
    (e) => isToolError(e, "UNSUPPORTED") && !`${e.message}${e.hint}`.includes("secret"),
  );
});

test("an archive for another pipeline is told where it belongs", async () => {
  const sink = new MemorySink();
  await writeRiva(sink, {
    target: "nemo.collections.nlp.models.x.PunctuationCapitalizationModel",
    format: "ONNX",
    files: [],
    graphs: [],
  });
  const file = path.join(folder, "punctuation.riva");
  writeFileSync(file, sink.bytes());
  await assert.rejects(
    run(["speech_recognition", path.join(folder, "never.rmir"), file]),
    (e) => isToolError(e, "UNSUPPORTED_ARCHITECTURE") && e.hint.includes("riva-build punctuation"),
  );
});
