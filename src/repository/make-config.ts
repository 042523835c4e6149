/**
 * Triton configs of the models of a pipeline, written out in full: tensors, batcher, instances,
 * version policy. So they load with auto-complete off, and nobody has to guess.
 */
import { create } from "@bufbuild/protobuf";
import {
  type ModelConfig,
  ModelConfigSchema,
  ModelInstanceGroup_Kind,
  ModelInstanceGroupSchema,
} from "../gen/model_config_pb.ts";
import type { DType } from "../tensor/dtype.ts";
import type { ModelGraph, ValueInfo } from "../tensor/model-graph.ts";
import { dataTypeOf } from "./data-types.ts";

export interface ModelRunSettings {
  readonly model_name: string;
  readonly max_batch_size: number;
  /** 0: no preference. */
  readonly preferred_batch_size: number;
  readonly max_queue_delay_microseconds: number;
  readonly instance_group_count: number;
  /** `KIND_AUTO`, `KIND_CPU` or `KIND_GPU`. */
  readonly instance_group_kind: string;
}

/** As many streams as the original's decoder takes. */
const MAX_CANDIDATE_SEQUENCES = 1024;

/** A tensor of a config; `dims` without the batch dimension. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly optional?: boolean;
  /** The graph has no axis but the batch: Triton wants at least one in `dims`. */
  readonly isScalar?: boolean;
}

export type ParameterValue = string | number | boolean;

export interface NetworkExtras {
  /** Answer in the order of the requests. */
  readonly preserveOrdering?: boolean;
  /** Graph optimisation of the backend, -1 to 1; its own default if undefined. */
  readonly graphLevel?: number | undefined;
}

/**
 * A network in ONNX Runtime; its tensors are those of the graph. With the dynamic batcher, unless
 * the largest batch is 0: such a graph takes one request at a time and has no batch axis.
 */
export function networkConfig(
  settings: ModelRunSettings,
  graph: ModelGraph,
  extras: NetworkExtras = {},
): ModelConfig {
  const isBatching = settings.max_batch_size > 0;
  const tensorOf = (value: ValueInfo) =>
    tensorConfig(isBatching ? graphTensor(value) : wholeGraphTensor(value));
  return create(ModelConfigSchema, {
    ...common(settings),
    backend: "onnxruntime",
    defaultModelFilename: "model.onnx",
    input: graph.inputs.map(tensorOf),
    output: graph.outputs.map(tensorOf),
    ...(isBatching
      ? {
          schedulingChoice: {
            case: "dynamicBatching",
            value: {
              preferredBatchSize: preferred(settings),
              maxQueueDelayMicroseconds: BigInt(settings.max_queue_delay_microseconds),
              preserveOrdering: extras.preserveOrdering ?? false,
            },
          },
        }
      : {}),
    ...(extras.graphLevel === undefined
      ? {}
      : { optimization: { graph: { level: extras.graphLevel } } }),
  });
}

/** What a config needs to know of a step. */
export interface StepSpec {
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly stateful: boolean;
  /** False: the model gets `max_batch_size` 0, whatever the settings say. */
  readonly hasBatchAxis?: boolean;
}

export interface StepModelRequest {
  readonly settings: ModelRunSettings;
  readonly step: StepSpec;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** A stream without requests for so long is closed; only for stateful steps. */
  readonly idleMicroseconds: number;
}

/**
 * A step in Triton's Python backend; a stateful one with the sequence batcher, one without a batch
 * axis with none.
 */
export function stepConfig(request: StepModelRequest): ModelConfig {
  const { settings, step, parameters, idleMicroseconds } = request;
  const delay = BigInt(settings.max_queue_delay_microseconds);
  const batching = { preferredBatchSize: preferred(settings), maxQueueDelayMicroseconds: delay };
  const isBatching = step.hasBatchAxis !== false;
  return create(ModelConfigSchema, {
    ...common(isBatching ? settings : { ...settings, max_batch_size: 0 }),
    backend: "python",
    input: step.inputs.map(tensorConfig),
    output: step.outputs.map(tensorConfig),
    parameters: parametersOf({ step: step.name, ...parameters }),
    ...(step.stateful
      ? {
          schedulingChoice: {
            case: "sequenceBatching",
            value: {
              maxSequenceIdleMicroseconds: BigInt(idleMicroseconds),
              strategyChoice: {
                case: "oldest",
                value: { maxCandidateSequences: MAX_CANDIDATE_SEQUENCES, ...batching },
              },
            },
          },
        }
      : isBatching
        ? { schedulingChoice: { case: "dynamicBatching", value: batching } }
        : {}),
  });
}

/** One step of an ensemble: tensors of the model by tensors of the ensemble. */
export interface EnsembleStep {
  readonly model: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface EnsembleRequest {
  readonly name: string;
  readonly maxBatchSize: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly steps: readonly EnsembleStep[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

export function ensembleConfig(request: EnsembleRequest): ModelConfig {
  return create(ModelConfigSchema, {
    name: request.name,
    platform: "ensemble",
    maxBatchSize: request.maxBatchSize,
    versionPolicy: versionPolicy(),
    input: request.inputs.map(tensorConfig),
    output: request.outputs.map(tensorConfig),
    parameters: parametersOf(request.parameters),
    schedulingChoice: {
      case: "ensembleScheduling",
      value: {
        step: request.steps.map(({ model, inputs, outputs }) => ({
          modelName: model,
          modelVersion: -1n,
          inputMap: { ...inputs },
          outputMap: { ...outputs },
        })),
      },
    },
  });
}

function common(settings: ModelRunSettings): Partial<Omit<ModelConfig, "$typeName">> {
  const kind = settings.instance_group_kind.replace(/^KIND_/, "");
  return {
    name: settings.model_name,
    maxBatchSize: settings.max_batch_size,
    versionPolicy: versionPolicy(),
    instanceGroup: [
      create(ModelInstanceGroupSchema, {
        count: settings.instance_group_count,
        kind: ModelInstanceGroup_Kind[kind as keyof typeof ModelInstanceGroup_Kind],
      }),
    ],
  };
}

const versionPolicy = (): NonNullable<ModelConfig["versionPolicy"]> => ({
  $typeName: "inference.ModelVersionPolicy",
  policyChoice: {
    case: "latest",
    value: { $typeName: "inference.ModelVersionPolicy.Latest", numVersions: 1 },
  },
});

const preferred = ({ preferred_batch_size: size }: ModelRunSettings): number[] =>
  size === 0 ? [] : [size];

/** Config values are text; booleans as Riva's own configs have them. */
function parametersOf(
  values: Readonly<Record<string, ParameterValue>>,
): Record<string, { stringValue: string }> {
  const text = (value: ParameterValue): string =>
    typeof value === "boolean" ? (value ? "True" : "False") : String(value);
  return Object.fromEntries(
    Object.entries(values)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, { stringValue: text(value) }]),
  );
}

/** A graph's input or output without its batch axis. */
function graphTensor({ name, dtype, shape }: ValueInfo): TensorSpec {
  const dims = (shape ?? []).slice(1).map((dim) => (typeof dim === "number" ? dim : -1));
  return dims.length === 0 ? { name, dtype, dims: [1], isScalar: true } : { name, dtype, dims };
}

/** A graph's input or output with all its axes. */
function wholeGraphTensor({ name, dtype, shape }: ValueInfo): TensorSpec {
  const dims = (shape ?? []).map((dim) => (typeof dim === "number" ? dim : -1));
  return { name, dtype, dims };
}

function tensorConfig({ name, dtype, dims, optional, isScalar }: TensorSpec) {
  return {
    name,
    dataType: dataTypeOf(dtype),
    dims: dims.map(BigInt),
    ...(isScalar === true ? { reshape: { shape: [] } } : {}),
    ...(optional === true ? { optional: true } : {}),
  };
}
