/**
 * A small Triton repository with the steps of a recognition pipeline, an acoustic model stand-in
 * (`ctc-stream.ts` in Python) and the ensemble `asr` over them, written by hand: it does not lean
 * on the code that plans real repositories.
 */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { STEPS } from "../../src/steps/registry.ts";
import type { StepDefinition, StepTensorSpec } from "../../src/steps/step.ts";
import { DTYPES } from "../../src/tensor/dtype.ts";
import type { Parameters } from "./ctc-stream.ts";
import { setupWith, VOCABULARY_FILE } from "./ctc-stream.ts";
import { projectRoot } from "./paths.ts";

/** The other steps belong to other pipelines. */
const RECOGNITION_STEPS = ["audio-window", "ctc-endpointing", "ctc-greedy-decoder"];
/** Acoustic model between the windows and the endpointing. */
const MODEL_OF_TOKENS = "acoustic-stand-in";
const TOKEN_OUTPUTS: readonly StepTensorSpec[] = [
  { name: "TOKENS", dtype: "int32", dims: [-1] },
  { name: "TOKEN_SCORES", dtype: "float32", dims: [-1] },
  { name: "TOKENS_LENGTH", dtype: "int64", dims: [1] },
];
const WINDOW: StepTensorSpec = { name: "AUDIO_WINDOW", dtype: "float32", dims: [-1] };

/** @param runtime folder with `bundle.js` and `model.py`, as tools/bundle-steps.mjs makes it */
export function writeStepRepository(
  folder: string,
  runtime: string,
  parameters: Parameters = {},
): void {
  const setup = setupWith(parameters);
  for (const step of STEPS.filter(({ name }) => RECOGNITION_STEPS.includes(name))) {
    const version = writeModel(folder, step.name, stepConfig(step, setup.parameters));
    for (const file of ["bundle.js", "model.py"])
      copyFileSync(path.join(runtime, file), path.join(version, file));
    writeFileSync(path.join(version, "vocabulary.txt"), VOCABULARY_FILE);
  }
  const standIn = writeModel(folder, MODEL_OF_TOKENS, [
    'backend: "python"',
    ...tensors("input", [WINDOW]),
    ...tensors("output", TOKEN_OUTPUTS),
    parameterText("right_padding_size", setup.parameters["right_padding_size"] as string),
  ]);
  copyFileSync(
    path.join(projectRoot, "test/support/acoustic_stand_in.py"),
    path.join(standIn, "model.py"),
  );
  writeFileSync(path.join(writeModel(folder, "asr", ensembleConfig()), ".keep"), "");
}

function writeModel(folder: string, name: string, lines: readonly string[]): string {
  const version = path.join(folder, name, "1");
  mkdirSync(version, { recursive: true });
  const text = [`name: "${name}"`, "max_batch_size: 1", ...lines, ""].join("\n");
  writeFileSync(path.join(folder, name, "config.pbtxt"), text);
  return version;
}

function stepConfig(step: StepDefinition, parameters: Readonly<Record<string, string>>): string[] {
  return [
    'backend: "python"',
    ...tensors("input", step.inputs),
    ...tensors("output", step.outputs),
    "sequence_batching { max_sequence_idle_microseconds: 2000000 oldest { max_candidate_sequences: 16 } }",
    "instance_group [ { kind: KIND_CPU count: 1 } ]",
    ...Object.entries({ step: step.name, files: "vocabulary.txt", ...parameters }).map(
      ([key, value]) => parameterText(key, value),
    ),
  ];
}

const parameterText = (key: string, value: string): string =>
  `parameters { key: "${key}" value { string_value: "${value}" } }`;

function tensors(kind: "input" | "output", specs: readonly StepTensorSpec[]): string[] {
  return specs.map(({ name, dtype, dims, optional }) => {
    const type = `TYPE_${dtype === "string" ? "STRING" : DTYPES[dtype].kserve}`;
    return `${kind} { name: "${name}" data_type: ${type} dims: [ ${dims.join(", ")} ]${optional === true ? " optional: true" : ""} }`;
  });
}

/** Every tensor keeps its name in the ensemble. */
function ensembleConfig(): string[] {
  const step = (name: string): StepDefinition =>
    STEPS.find((candidate) => candidate.name === name) as StepDefinition;
  const parts = ["audio-window", MODEL_OF_TOKENS, "ctc-endpointing", "ctc-greedy-decoder"].map(
    (name) =>
      name === MODEL_OF_TOKENS ? { name, inputs: [WINDOW], outputs: TOKEN_OUTPUTS } : step(name),
  );
  const configuration = step("ctc-endpointing").inputs.filter((input) => input.optional === true);
  const maps = (kind: string, specs: readonly StepTensorSpec[]): string =>
    specs.map(({ name }) => `${kind} { key: "${name}" value: "${name}" }`).join(" ");
  return [
    'platform: "ensemble"',
    ...tensors("input", [...step("audio-window").inputs, ...configuration]),
    ...tensors(
      "output",
      parts.flatMap((part) => part.outputs),
    ),
    "ensemble_scheduling {",
    ...parts.map(
      ({ name, inputs, outputs }) =>
        `step { model_name: "${name}" model_version: -1 ${maps("input_map", inputs)} ${maps("output_map", outputs)} }`,
    ),
    "}",
  ];
}
