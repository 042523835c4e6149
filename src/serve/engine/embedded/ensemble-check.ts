/**
 * Triton's rules for an ensemble and the models it is made of: they exist, in this version, their
 * tensors fit each other, batch sizes allow it, and no ensemble contains itself.
 */
import { ToolError } from "../../../errors/tool-error.ts";
import type { DataType, ModelConfig, ModelEnsembling_Step } from "../../../gen/model_config_pb.ts";
import { dataTypeName } from "../../../repository/data-types.ts";

/** A tensor of an ensemble as one of its sides sees it. */
interface Side {
  readonly dataType: DataType;
  /** With -1 for the batch dimension, where there is one. */
  readonly shape: readonly bigint[];
  readonly isBatching: boolean;
  readonly seenBy: string;
}

/**
 * @param part config of the model of a step, undefined if it is not there
 * @throws ToolError INVALID_CONFIG with Triton's text
 */
export function checkEnsembleParts(
  config: ModelConfig,
  part: (step: ModelEnsembling_Step) => ModelConfig,
): void {
  if (config.schedulingChoice.case !== "ensembleScheduling") return;
  const sides = new Map<string, Side>();
  for (const tensor of [...config.input, ...config.output]) {
    sides.set(tensor.name, sideOf(tensor, config, config.name));
  }
  for (const step of config.schedulingChoice.value.step) {
    const model = part(step);
    checkBatchSize(config, model);
    checkMaps(config, step, model, sides);
  }
}

function checkBatchSize(config: ModelConfig, model: ModelConfig): void {
  if (model.maxBatchSize === 0 || model.maxBatchSize >= config.maxBatchSize) return;
  fail(
    `ensemble ${config.name} allows maximum batch size ${config.maxBatchSize}, but it contains model ${model.name} which only allows maximum batch size to be ${model.maxBatchSize}`,
  );
}

function checkMaps(
  config: ModelConfig,
  step: ModelEnsembling_Step,
  model: ModelConfig,
  sides: Map<string, Side>,
): void {
  const place = `in ensemble ${config.name}`;
  for (const [name, tensor] of Object.entries(step.inputMap)) {
    const input = model.input.find((candidate) => candidate.name === name);
    if (input === undefined) {
      fail(
        `${place}, ensemble tensor ${tensor} is mapping to non-existing input ${name} in model ${model.name}`,
      );
    }
    compare(place, tensor, sides, sideOf(input, model, model.name));
  }
  for (const [name, tensor] of Object.entries(step.outputMap)) {
    const output = model.output.find((candidate) => candidate.name === name);
    if (output === undefined) {
      fail(
        `${place}, ensemble tensor ${tensor} is mapped from non-existing output ${name} in model ${model.name}`,
      );
    }
    compare(place, tensor, sides, sideOf(output, model, model.name));
  }
  const unmapped = model.input.find(({ name, optional }) => !optional && !(name in step.inputMap));
  if (unmapped !== undefined) {
    fail(
      `${place}, input ${unmapped.name} in model ${model.name} is not mapped to any ensemble tensors`,
    );
  }
}

function sideOf(
  tensor: { dataType: DataType; dims: readonly bigint[] },
  config: ModelConfig,
  seenBy: string,
): Side {
  const isBatching = config.maxBatchSize > 0;
  const shape = isBatching ? [-1n, ...tensor.dims] : tensor.dims;
  return { dataType: tensor.dataType, shape, isBatching, seenBy };
}

function compare(place: string, tensor: string, sides: Map<string, Side>, side: Side): void {
  const known = sides.get(tensor);
  if (known === undefined) {
    sides.set(tensor, side);
    return;
  }
  const [a, b] = [known.seenBy, side.seenBy];
  if (known.dataType !== side.dataType) {
    fail(
      `${place}, ensemble tensor ${tensor}: inconsistent data type: ${dataTypeName(known.dataType)} is inferred from model ${a} while ${dataTypeName(side.dataType)} is inferred from model ${b}`,
    );
  }
  if (!shapesMeet(known, side)) {
    fail(
      `${place}, ensemble tensor ${tensor}: inconsistent shape: [${known.shape.join(",")}] is inferred from model ${a} while [${side.shape.join(",")}] is inferred from model ${b}`,
    );
  }
}

/** Equal up to wildcards; between a batching and another model the batch dimension may differ. */
function shapesMeet(a: Side, b: Side): boolean {
  if (sameUpToWildcards(a.shape, b.shape)) return true;
  if (a.isBatching === b.isBatching) return false;
  const [batching, other] = a.isBatching ? [a, b] : [b, a];
  return sameUpToWildcards(batching.shape.slice(1), other.shape);
}

function sameUpToWildcards(a: readonly bigint[], b: readonly bigint[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((dim, axis) => dim === -1n || b[axis] === -1n || dim === b[axis]);
}

/** @throws ToolError INVALID_CONFIG with Triton's text */
export function fail(message: string): never {
  throw new ToolError("INVALID_CONFIG", message, {
    at: "config.pbtxt",
    hint: "mend the ensemble or its parts; Triton would refuse it in the same words",
  });
}
