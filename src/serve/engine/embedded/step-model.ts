/**
 * A step: a `python` model of the repository whose parameter `step` names a TypeScript component
 * of ours. Nothing out of the repository is executed; the built-in component runs on the main
 * thread, where its few microseconds cost less than a trip to a worker.
 */
import path from "node:path";
import { ToolError, withPlace } from "../../../errors/tool-error.ts";
import type { ModelConfig } from "../../../gen/model_config_pb.ts";
import { readFileBytes } from "../../../io/folder.ts";
import { dtypeOfDataType } from "../../../repository/data-types.ts";
import type { ModelOnDisk, ModelVersion } from "../../../repository/read.ts";
import type { RunningStep, StepDefinition, StepTensorSpec } from "../../../steps/step.ts";
import type { Tensors } from "../../../tensor/tensor.ts";
import { batchSizeOf } from "./batch-tensors.ts";
import type { LoadedModel, ModelRequest } from "./loaded-model.ts";
import { requestError } from "../request-error.ts";
import { sequenceIdleMs, SequenceTable } from "./sequence.ts";

/** Vocabularies and language models; larger is not meant for a step. */
const STEP_FILE_LIMIT_BYTES = 1024 * 1024 * 1024;

/** @throws ToolError UNSUPPORTED for python models that are no step, INVALID_CONFIG, INVALID_FILE */
export async function loadStepModel(
  model: ModelOnDisk,
  version: ModelVersion,
  steps: readonly StepDefinition[],
): Promise<LoadedModel> {
  const { name, config } = model;
  const parameters = Object.fromEntries(
    Object.entries(config.parameters).map(([key, value]) => [key, value.stringValue]),
  );
  const definition = findStep(parameters["step"], steps);
  checkSignature(config, definition);
  const files = await readStepFiles(version.folder, parameters["files"] ?? "");
  const step = withPlace(definition.name, () => definition.load({ parameters, files }));
  const sequences = definition.stateful ? openTable(config, step) : undefined;
  return {
    name,
    version: version.version,
    config,
    sequenceIdleMs: definition.stateful ? sequenceIdleMs(config) : undefined,
    makesFreshOutputs: false,
    queued: () => 0,
    infer: async (request) => {
      if (sequences === undefined) return step.run(request.inputs, step.open(), STATELESS);
      return runInSequence(config, step, sequences, request);
    },
    close: async () => sequences?.close(),
  };
}

const STATELESS = { start: true, end: true };

function openTable(config: ModelConfig, step: RunningStep<unknown>): SequenceTable<unknown> {
  return new SequenceTable({
    model: config.name,
    maxIdleMs: sequenceIdleMs(config),
    open: () => step.open(),
  });
}

async function runInSequence(
  { name, maxBatchSize }: ModelConfig,
  step: RunningStep<unknown>,
  sequences: SequenceTable<unknown>,
  { inputs, sequence }: ModelRequest,
): Promise<Tensors> {
  if (maxBatchSize > 0 && batchSizeOf(inputs) !== 1) {
    throw requestError(
      `inference request to model '${name}' must specify batch-size 1 due to requirements of sequence batcher`,
    );
  }
  return sequences.run(sequence, async (state) =>
    step.run(inputs, state, { start: sequence?.start === true, end: sequence?.end === true }),
  );
}

function findStep(step: string | undefined, steps: readonly StepDefinition[]): StepDefinition {
  const definition = steps.find(({ name }) => name === step);
  if (definition !== undefined) return definition;
  const reason =
    step === undefined
      ? "the python model has no parameter 'step', so it holds code of its own"
      : `the python model names the step '${step}', which this version does not have`;
  throw new ToolError("UNSUPPORTED", reason, {
    hint: `this server never runs code out of a repository; use stock Triton, or one of the steps ${steps.map(({ name }) => name).join(", ")}`,
  });
}

function checkSignature(config: ModelConfig, step: StepDefinition): void {
  const isSequence = config.schedulingChoice.case === "sequenceBatching";
  if (isSequence !== step.stateful) {
    throw new ToolError(
      "INVALID_CONFIG",
      step.stateful
        ? `the step '${step.name}' keeps state, but the config has no sequence_batching`
        : `the step '${step.name}' keeps no state, but the config has sequence_batching`,
      { at: "config.pbtxt", hint: "deploy the pipeline again" },
    );
  }
  if (step.hasBatchAxis === false && config.maxBatchSize > 0) {
    throw signatureError(`the step '${step.name}' has no batch axis, so max_batch_size must be 0`);
  }
  checkTensors("input", config.input, step.inputs, step.name);
  checkTensors("output", config.output, step.outputs, step.name);
  for (const { name, optional } of step.inputs) {
    const isThere = config.input.some((input) => input.name === name);
    if (isThere || optional === true) continue;
    throw signatureError(`the step '${step.name}' needs the input '${name}'`);
  }
}

function checkTensors(
  role: "input" | "output",
  tensors: ModelConfig["input"] | ModelConfig["output"],
  specs: readonly StepTensorSpec[],
  step: string,
): void {
  for (const { name, dataType } of tensors) {
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined) throw signatureError(`the step '${step}' has no ${role} '${name}'`);
    const dtype = dtypeOfDataType(dataType);
    if (dtype !== spec.dtype) {
      throw signatureError(
        `the ${role} '${name}' of the step '${step}' is ${spec.dtype}, the config says ${dtype}`,
      );
    }
  }
}

function signatureError(message: string): ToolError {
  return new ToolError("INVALID_CONFIG", message, {
    at: "config.pbtxt",
    hint: "the repository was made for another version; deploy the pipeline again",
  });
}

async function readStepFiles(folder: string, names: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const name of names.split(",").map((part) => part.trim())) {
    if (name === "") continue;
    if (name.split(/[/\\]/).includes("..") || path.isAbsolute(name)) {
      throw new ToolError("INVALID_CONFIG", `the step's file '${name}' is outside of its folder`, {
        at: "config.pbtxt",
        hint: "the parameter 'files' has names of files in the version folder",
      });
    }
    files[name] = await readFileBytes(path.join(folder, name), STEP_FILE_LIMIT_BYTES);
  }
  return files;
}
