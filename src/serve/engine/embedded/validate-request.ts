/**
 * Does a request fit the model's config? Checks and texts are those of Triton's core
 * (infer_request.cc), so that clients and tests written against Triton see the same answers.
 */
import type { ModelConfig, ModelInput } from "../../../gen/model_config_pb.ts";
import { dtypeOfDataType } from "../../../repository/data-types.ts";
import { DTYPES } from "../../../tensor/dtype.ts";
import type { Tensor, Tensors } from "../../../tensor/tensor.ts";
import { REQUEST_ID_PLACEHOLDER, requestError } from "../request-error.ts";

const BATCH_NOTE =
  " NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.";

/** @throws ToolError INVALID_REQUEST with Triton's text */
export function validateRequest(
  config: ModelConfig,
  inputs: Tensors,
  outputs: readonly string[] = [],
): void {
  const given = Object.keys(inputs);
  checkNames(config, given);
  let batchSize: number | undefined;
  for (const input of config.input) {
    const tensor = inputs[input.name];
    if (tensor === undefined) continue;
    checkType(config, input, tensor);
    if (config.maxBatchSize > 0) {
      const first = tensor.shape[0];
      batchSize ??= first;
      if (first === undefined || first !== batchSize) {
        fail(`input '${input.name}' batch size does not match other inputs for '${config.name}'`);
      }
    }
    checkShape(config, input, tensor);
  }
  if (batchSize !== undefined && batchSize > config.maxBatchSize) {
    fail(`inference request batch-size must be <= ${config.maxBatchSize} for '${config.name}'`);
  }
  const unknown = outputs.find((name) => !config.output.some((output) => output.name === name));
  if (unknown !== undefined) {
    throw requestError(`unexpected inference output '${unknown}' for model '${config.name}'`);
  }
}

function checkNames(config: ModelConfig, given: readonly string[]): void {
  const required = config.input.filter((input) => !input.optional).map((input) => input.name);
  const missing = required.filter((name) => !given.includes(name));
  const most = config.input.length;
  if (missing.length > 0 || given.length > most) {
    const expected =
      required.length === most
        ? `expected ${most} inputs`
        : `expected number of inputs between ${required.length} and ${most}`;
    fail(
      `${expected} but got ${given.length} inputs for model '${config.name}'. Got input(s) [${quote(given)}], but missing required input(s) [${quote(missing)}]. Please provide all required input(s).`,
    );
  }
  const unknown = given.find((name) => !config.input.some((input) => input.name === name));
  if (unknown !== undefined) {
    throw requestError(`unexpected inference input '${unknown}' for model '${config.name}'`);
  }
}

function checkType(config: ModelConfig, input: ModelInput, tensor: Tensor): void {
  const expected = dtypeOfDataType(input.dataType);
  if (expected === undefined || expected === tensor.dtype) return;
  fail(
    `inference input '${input.name}' data-type is '${DTYPES[tensor.dtype].kserve}', but model '${config.name}' expects '${DTYPES[expected].kserve}'`,
  );
}

function checkShape(config: ModelConfig, input: ModelInput, tensor: Tensor): void {
  const hasBatch = config.maxBatchSize > 0;
  const expected = hasBatch ? [-1n, ...input.dims] : input.dims;
  const fits =
    tensor.shape.length === expected.length &&
    expected.every((dim, axis) => dim === -1n || Number(dim) === tensor.shape[axis]);
  if (fits) return;
  fail(
    `unexpected shape for input '${input.name}' for model '${config.name}'. Expected [${expected.join(",")}], got [${tensor.shape.join(",")}].${hasBatch ? BATCH_NOTE : ""}`,
  );
}

function quote(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(",");
}

function fail(message: string): never {
  throw requestError(REQUEST_ID_PLACEHOLDER + message);
}
