/** An `onnxruntime` model: its instances, the queue in front of them, and sequences if it has any. */
import path from "node:path";
import { ToolError, withPlace } from "../../../errors/tool-error.ts";
import type { ModelConfig, ModelDynamicBatching } from "../../../gen/model_config_pb.ts";
import { entryKind } from "../../../io/folder.ts";
import type { ModelOnDisk, ModelVersion } from "../../../repository/read.ts";
import type { Tensors } from "../../../tensor/tensor.ts";
import { batchSizeOf } from "./batch-tensors.ts";
import { type BatchExecutor, Batcher, type BatchingPolicy } from "./batcher.ts";
import type { LoadedModel, ModelRequest } from "./loaded-model.ts";
import { checkConfigAgainstGraph } from "./onnx-check.ts";
import { OnnxInstance } from "./onnx-instance.ts";
import type { WorkerSetup } from "./onnx-messages.ts";
import { requestError } from "../request-error.ts";
import { toClientShapes, toGraphShapes } from "./reshape.ts";
import {
  checkStatesSupported,
  controlTensors,
  type ImplicitState,
  openImplicitState,
  takeState,
} from "./sequence-inputs.ts";
import { sequenceIdleMs, SequenceTable } from "./sequence.ts";
import { instanceCount, intraOpThreads } from "./threads.ts";

/** @throws ToolError UNAVAILABLE without the runtime, INVALID_FILE, INVALID_CONFIG, NOT_FOUND */
export async function loadOnnxModel(
  model: ModelOnDisk,
  version: ModelVersion,
): Promise<LoadedModel> {
  const { name, config } = model;
  const instances = await startInstances(config, await findModelFile(config, version));
  const executor = makeExecutor(config, instances);
  const batcher = new Batcher(executor, batchingPolicy(config));
  const sequences = openSequences(config);
  return {
    name,
    version: version.version,
    config,
    sequenceIdleMs: sequences === undefined ? undefined : sequenceIdleMs(config),
    makesFreshOutputs: true,
    queued: () => batcher.queued,
    infer: async (request) => {
      const inputs = toGraphShapes(request.inputs, config);
      const outputs =
        sequences === undefined
          ? await batcher.submit({ ...request, inputs })
          : await runInSequence(config, sequences, batcher, { ...request, inputs });
      return toClientShapes(outputs, config);
    },
    close: async () => {
      await batcher.close();
      sequences?.close();
      await Promise.all(instances.map((instance) => instance.close()));
    },
  };
}

async function findModelFile(config: ModelConfig, { folder }: ModelVersion): Promise<string> {
  const name = config.defaultModelFilename || "model.onnx";
  if (/[/\\]|^\.\.?$/.test(name)) {
    throw new ToolError("INVALID_CONFIG", `default_model_filename '${name}' is not a file name`, {
      at: "config.pbtxt",
      hint: "name a file of the version folder",
    });
  }
  const file = path.join(folder, name);
  const kind = await entryKind(file);
  if (kind === "file") return file;
  // a folder called model.onnx holds the graph and its external data
  const inside = path.join(file, "model.onnx");
  if (kind === "folder" && (await entryKind(inside)) === "file") return inside;
  throw new ToolError("NOT_FOUND", `the version folder has no ${name}`, {
    at: path.basename(folder),
    hint: "put the graph there, or set default_model_filename",
  });
}

const GRAPH_LEVELS = new Map<number, WorkerSetup["graphOptimization"]>([
  [-1, "basic"],
  [0, "all"],
  [1, "extended"],
  [2, "disabled"],
]);

async function startInstances(config: ModelConfig, modelPath: string): Promise<OnnxInstance[]> {
  const setup: WorkerSetup = {
    modelPath,
    intraOpThreads: intraOpThreads(config),
    graphOptimization: GRAPH_LEVELS.get(config.optimization?.graph?.level ?? 0) ?? "all",
  };
  const first = await OnnxInstance.start(setup);
  const started = [first];
  try {
    withPlace(config.name, () => checkConfigAgainstGraph(config, first.signature));
    while (started.length < instanceCount(config)) started.push(await OnnxInstance.start(setup));
    return started;
  } catch (error) {
    await Promise.all(started.map((instance) => instance.close()));
    throw error;
  }
}

function makeExecutor(config: ModelConfig, instances: readonly OnnxInstance[]): BatchExecutor {
  const names = new Set(config.output.map(({ name }) => name));
  if (config.schedulingChoice.case === "sequenceBatching") {
    for (const { outputName } of config.schedulingChoice.value.state) names.add(outputName);
  }
  const outputs = [...names];
  return {
    model: config.name,
    // a second run waits in each worker, so that none idles while a message travels
    concurrency: instances.length * 2,
    run: (inputs, owned) => leastLoaded(instances).run(inputs, outputs, owned),
  };
}

function leastLoaded(instances: readonly OnnxInstance[]): OnnxInstance {
  return instances.reduce((best, instance) => (instance.load < best.load ? instance : best));
}

function batchingPolicy(config: ModelConfig): BatchingPolicy {
  const scheduling = config.schedulingChoice;
  const alone = { maxBatchSize: 1, preferredSizes: [1], maxDelayMs: 0, maxQueueSize: 0 };
  switch (scheduling.case) {
    case "dynamicBatching":
      return dynamicPolicy(config, scheduling.value);
    case "sequenceBatching": {
      const oldest = scheduling.value.strategyChoice;
      return {
        maxBatchSize: Math.max(1, config.maxBatchSize),
        preferredSizes: [Math.max(1, config.maxBatchSize)],
        maxDelayMs: Number(oldest.value?.maxQueueDelayMicroseconds ?? 0n) / 1000,
        maxQueueSize: 0,
      };
    }
    default:
      return alone;
  }
}

function dynamicPolicy(config: ModelConfig, batching: ModelDynamicBatching): BatchingPolicy {
  const preferred = [...batching.preferredBatchSize].sort((a, b) => a - b);
  const maxBatchSize = Math.max(1, config.maxBatchSize);
  return {
    maxBatchSize,
    preferredSizes: preferred.length > 0 ? preferred : [maxBatchSize],
    maxDelayMs: Number(batching.maxQueueDelayMicroseconds) / 1000,
    maxQueueSize: batching.defaultQueuePolicy?.maxQueueSize ?? 0,
  };
}

function openSequences(config: ModelConfig): SequenceTable<ImplicitState> | undefined {
  const scheduling = config.schedulingChoice;
  if (scheduling.case !== "sequenceBatching") return undefined;
  checkStatesSupported(scheduling.value);
  return new SequenceTable({
    model: config.name,
    maxIdleMs: sequenceIdleMs(config),
    open: () => openImplicitState(config),
  });
}

async function runInSequence(
  config: ModelConfig,
  sequences: SequenceTable<ImplicitState>,
  batcher: Batcher,
  request: ModelRequest,
): Promise<Tensors> {
  const { inputs, sequence } = request;
  if (config.maxBatchSize > 0 && batchSizeOf(inputs) !== 1) {
    throw requestError(
      `inference request to model '${config.name}' must specify batch-size 1 due to requirements of sequence batcher`,
    );
  }
  return sequences.run(sequence, async (state) => {
    const controls = sequence === undefined ? {} : controlTensors(config, sequence);
    const outputs = await batcher.submit({
      ...request,
      inputs: { ...inputs, ...controls, ...Object.fromEntries(state) },
    });
    return takeState(outputs, config, state);
  });
}
