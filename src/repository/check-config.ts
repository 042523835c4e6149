/**
 * The rules that Triton enforces on one model's config, with its words, so that what loads here
 * loads there (facts: core/src/model_config_utils.cc of Triton 2.51 and newer).
 */
import { ToolError } from "../errors/tool-error.ts";
import {
  DataType,
  type ModelConfig,
  ModelInput_Format,
  ModelInstanceGroup_Kind,
} from "../gen/model_config_pb.ts";
import { checkEnsembleConfig } from "./check-ensemble-config.ts";
import { checkSequenceBatching } from "./check-sequence-batching.ts";

/** @throws ToolError INVALID_CONFIG with Triton's text for the first broken rule */
export function checkModelConfig(config: ModelConfig): void {
  const { name } = config;
  checkBackend(config);
  if (config.maxBatchSize < 0) fail(`'max_batch_size' must be non-negative value for ${name}`);
  for (const input of config.input) {
    checkTensor("input", input, config);
    if (input.format !== ModelInput_Format.NONE && input.dims.length !== 3) {
      fail(`model input NHWC/NCHW require 3 dims for ${name}`);
    }
  }
  for (const output of config.output) {
    checkTensor("output", output, config);
    checkLabelFile(config, output.labelFilename);
  }
  checkBatchInputs(config);
  checkCache(config);
  checkInstanceGroups(config);
  const scheduling = config.schedulingChoice;
  if (scheduling.case === "dynamicBatching") checkDynamicBatching(config);
  if (scheduling.case === "sequenceBatching") checkSequenceBatching(config, scheduling.value);
  if (scheduling.case === "ensembleScheduling") checkEnsembleConfig(config, scheduling.value);
}

function checkBackend(config: ModelConfig): void {
  const { name, backend, platform } = config;
  const isEnsemble = config.schedulingChoice.case === "ensembleScheduling";
  if (platform === "ensemble" && backend !== "") {
    fail(`Ensemble model '${name}' must have platform type 'ensemble' and empty backend type`);
  }
  if (platform === "ensemble" && !isEnsemble) {
    fail(`ensemble scheduling must be set for ensemble ${name} whose platform is ensemble`);
  }
  if (platform !== "ensemble" && isEnsemble) {
    fail(`ensemble scheduling cannot be set for model '${name}' whose platform is not ensemble`);
  }
  if (platform === "" && backend === "") fail(`must specify 'platform' or 'backend' for '${name}'`);
}

interface TensorConfig {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly bigint[];
  readonly reshape?: { readonly shape: readonly bigint[] } | undefined;
}

function checkTensor(role: "input" | "output", tensor: TensorConfig, config: ModelConfig): void {
  const what = `model ${role} '${tensor.name}'`;
  if (tensor.name === "") fail(`model ${role} must specify 'name' for ${config.name}`);
  if (tensor.dataType === DataType.TYPE_INVALID) {
    fail(`${what} must specify 'data_type' for ${config.name}`);
  }
  const { reshape } = tensor;
  if (reshape?.shape.length === 0 && config.maxBatchSize === 0) {
    fail(
      `${what} cannot have empty reshape for non-batching model as scalar tensors are not supported for ${config.name}`,
    );
  }
  if (tensor.dims.length === 0) fail(`${what} must specify 'dims' for ${config.name}`);
  if (tensor.dims.some((dim) => dim < 1n && dim !== -1n)) {
    fail(
      `${what} dimension must be integer >= 1, or -1 to indicate a variable-size dimension for ${config.name}`,
    );
  }
  if (reshape !== undefined) checkReshape(what, tensor.dims, reshape.shape, config.name);
}

/** Between two variable sizes the fixed ones must multiply to the same number on both sides. */
function checkReshape(
  what: string,
  dims: readonly bigint[],
  shape: readonly bigint[],
  model: string,
): void {
  const before = fixedProducts(dims);
  const after = fixedProducts(shape);
  if (before.length !== after.length) {
    fail(
      `${what} has different number of variable-size dimensions for dims and reshape for ${model}`,
    );
  }
  if (before.some((product, index) => product !== after[index])) {
    fail(`${what} has different size for dims and reshape for ${model}`);
  }
}

function fixedProducts(dims: readonly bigint[]): bigint[] {
  const products = [1n];
  for (const dim of dims) {
    if (dim === -1n) products.push(1n);
    else products[products.length - 1] = (products.at(-1) ?? 1n) * dim;
  }
  return products;
}

function checkLabelFile(config: ModelConfig, file: string): void {
  if (!file.startsWith("/") && !file.split("/").includes("..")) return;
  fail(`the label file '${file}' of ${config.name} is outside of the model directory`);
}

function checkBatchInputs(config: ModelConfig): void {
  const inputs = new Set(config.input.map((input) => input.name));
  for (const batchInput of config.batchInput) {
    const { dataType } = batchInput;
    if (dataType !== DataType.TYPE_INT32 && dataType !== DataType.TYPE_FP32) {
      fail(`batch input data type must be TYPE_INT32 or TYPE_FP32 for ${config.name}`);
    }
    const unknown = batchInput.sourceInput.find((source) => !inputs.has(source));
    if (unknown !== undefined) {
      fail(`unknown source input name '${unknown}' for ${config.name}`);
    }
  }
}

function checkCache(config: ModelConfig): void {
  if (config.responseCache?.enable !== true) return;
  const refuse = (what: string): never =>
    fail(
      `Response Cache does not currently support model ${config.name} with ${what}. Please disable the response cache.`,
    );
  if (config.schedulingChoice.case === "sequenceBatching") refuse("sequence batching scheduler");
  if (config.modelTransactionPolicy?.decoupled === true) refuse("'decoupled' transaction policy");
}

function checkInstanceGroups(config: ModelConfig): void {
  if (config.platform === "ensemble" && config.instanceGroup.length > 0) {
    fail(`instance group should not be specified for ensemble '${config.name}'`);
  }
  config.instanceGroup.forEach((group, index) => {
    if (group.kind !== ModelInstanceGroup_Kind.CPU || group.gpus.length === 0) return;
    const name = group.name === "" ? `${config.name}_${index}` : group.name;
    fail(
      `instance group ${name} of model ${config.name} has kind KIND_CPU but specifies one or more GPUs`,
    );
  });
}

function checkDynamicBatching(config: ModelConfig): void {
  if (config.schedulingChoice.case !== "dynamicBatching") return;
  const batching = config.schedulingChoice.value;
  for (const size of batching.preferredBatchSize) {
    if (size <= 0) fail(`dynamic batching preferred size must be positive for ${config.name}`);
    if (size > config.maxBatchSize) {
      fail(`dynamic batching preferred size must be <= max batch size for ${config.name}`);
    }
  }
  const { priorityLevels, defaultPriorityLevel } = batching;
  if (priorityLevels > 0n && (defaultPriorityLevel < 1n || defaultPriorityLevel > priorityLevels)) {
    fail(`default priority level must be in range [1, ${priorityLevels}] for ${config.name}`);
  }
}

function fail(message: string): never {
  throw new ToolError("INVALID_CONFIG", message, {
    hint: "mend the config; Triton would refuse it in the same words",
  });
}
