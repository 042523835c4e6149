/**
 * An ensemble at run time: every tensor is a node, a step runs as soon as all its inputs are
 * there, independent steps run side by side, and steps whose outputs nobody needs do not run.
 * The semantics are those of Triton's ensemble scheduler.
 */
import { ToolError } from "../../../errors/tool-error.ts";
import type { ModelConfig, ModelEnsembling_Step } from "../../../gen/model_config_pb.ts";
import type { ModelOnDisk, ModelVersion } from "../../../repository/read.ts";
import type { Tensor, Tensors } from "../../../tensor/tensor.ts";
import { checkEnsembleParts } from "./ensemble-check.ts";
import type { LoadedModel, ModelRequest } from "./loaded-model.ts";
import { SequenceTable } from "./sequence.ts";
import { validateRequest } from "./validate-request.ts";

interface Node {
  readonly model: LoadedModel;
  /** Pairs of the model's name of a tensor and the ensemble's. */
  readonly inputs: readonly (readonly [string, string])[];
  readonly outputs: readonly (readonly [string, string])[];
  /** Indices of the nodes that write this one's inputs. */
  readonly after: readonly number[];
  /** The model's names of inputs that only this node reads and a model made for it. */
  readonly owned: ReadonlySet<string>;
}

/**
 * @param find the model of a step, loaded
 * @throws ToolError INVALID_CONFIG with Triton's text
 */
export function loadEnsemble(
  model: ModelOnDisk,
  version: ModelVersion,
  find: (step: ModelEnsembling_Step) => LoadedModel,
): LoadedModel {
  const { name, config } = model;
  checkEnsembleParts(config, (step) => find(step).config);
  const nodes = connect(config, find);
  const order = openOrder(nodes);
  return {
    name,
    version: version.version,
    config,
    sequenceIdleMs: order?.maxIdleMs,
    makesFreshOutputs: false,
    queued: () => 0,
    infer: async (request) => {
      try {
        // requests of a sequence must not overtake each other in the stateless parts
        return order === undefined
          ? await runEnsemble(config, nodes, request)
          : await order.table.run(request.sequence, () => runEnsemble(config, nodes, request));
      } catch (error) {
        throw nameEnsemble(error, name);
      }
    },
    close: async () => order?.table.close(),
  };
}

function connect(config: ModelConfig, find: (step: ModelEnsembling_Step) => LoadedModel): Node[] {
  const steps =
    config.schedulingChoice.case === "ensembleScheduling" ? config.schedulingChoice.value.step : [];
  const writers = new Map<string, number>();
  const readers = new Map<string, number>();
  const models = steps.map(find);
  steps.forEach((step, index) => {
    for (const tensor of Object.values(step.outputMap)) writers.set(tensor, index);
    for (const tensor of Object.values(step.inputMap)) {
      readers.set(tensor, (readers.get(tensor) ?? 0) + 1);
    }
  });
  for (const output of config.output) readers.set(output.name, 2);
  return steps.map((step, index) => {
    const inputs = Object.entries(step.inputMap);
    const isOwned = (tensor: string): boolean =>
      readers.get(tensor) === 1 && models[writers.get(tensor) ?? -1]?.makesFreshOutputs === true;
    return {
      model: models[index] as LoadedModel,
      inputs,
      outputs: Object.entries(step.outputMap),
      after: [
        ...new Set(
          inputs.flatMap(([, tensor]) => {
            const writer = writers.get(tensor);
            return writer === undefined ? [] : [writer];
          }),
        ),
      ],
      owned: new Set(inputs.filter(([, tensor]) => isOwned(tensor)).map(([name]) => name)),
    };
  });
}

interface SequenceOrder {
  readonly maxIdleMs: number;
  readonly table: SequenceTable<undefined>;
}

/** Undefined without stateful parts. The ensemble forgets a sequence when its last part does. */
function openOrder(nodes: readonly Node[]): SequenceOrder | undefined {
  const stateful = nodes.flatMap(({ model }) =>
    model.sequenceIdleMs === undefined ? [] : [model],
  );
  const [first] = stateful;
  if (first === undefined) return undefined;
  const maxIdleMs = Math.max(...stateful.map(({ sequenceIdleMs }) => sequenceIdleMs ?? 0));
  // texts name the model that keeps the state, as in Triton
  return {
    maxIdleMs,
    table: new SequenceTable({ model: first.name, maxIdleMs, open: () => undefined }),
  };
}

async function runEnsemble(
  config: ModelConfig,
  nodes: readonly Node[],
  request: ModelRequest,
): Promise<Tensors> {
  const tensors = new Map<string, Tensor>(Object.entries(request.inputs));
  const running = new Map<number, Promise<void>>();
  const start = (index: number): Promise<void> => {
    const known = running.get(index);
    if (known !== undefined) return known;
    const node = nodes[index] as Node;
    // each is started, and failures are looked at together below
    const promise = Promise.all(node.after.map(start)).then(() => runNode(node, request, tensors));
    running.set(index, promise);
    return promise;
  };
  for (const index of neededNodes(config, nodes, request)) void start(index);
  const settled = await Promise.allSettled(running.values());
  const failed = settled.find((result) => result.status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return collect(config, tensors);
}

/** Nodes that write a wanted output; the nodes before them follow from these. */
function neededNodes(
  config: ModelConfig,
  nodes: readonly Node[],
  { outputs = config.output.map(({ name }) => name) }: ModelRequest,
): number[] {
  return nodes.flatMap((node, index) =>
    node.outputs.some(([, tensor]) => outputs.includes(tensor)) ? [index] : [],
  );
}

async function runNode(
  node: Node,
  request: ModelRequest,
  tensors: Map<string, Tensor>,
): Promise<void> {
  const { model } = node;
  const inputs: Record<string, Tensor> = {};
  for (const [name, tensor] of node.inputs) {
    // a part may leave an output out; then this one's input must be optional
    const value = tensors.get(tensor);
    if (value !== undefined) {
      const dims = model.config.input.find((input) => input.name === name)?.dims.length;
      inputs[name] = fitBatch(value, dims ?? 0, model.config.maxBatchSize);
    }
  }
  validateRequest(model.config, inputs);
  const outputs = await model.infer({
    inputs,
    owned: node.owned,
    ...(request.sequence === undefined ? {} : { sequence: request.sequence }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  for (const [name, tensor] of node.outputs) {
    const value = outputs[name];
    if (value !== undefined) tensors.set(tensor, value);
  }
}

/** Between a batching and another model a leading 1 comes or goes; `rank` is that of the dims. */
function fitBatch(tensor: Tensor, rank: number, maxBatchSize: number): Tensor {
  const { shape } = tensor;
  if (maxBatchSize > 0 && shape.length === rank) {
    return { ...tensor, shape: [1, ...shape] } as Tensor;
  }
  if (maxBatchSize === 0 && shape.length === rank + 1 && shape[0] === 1) {
    return { ...tensor, shape: shape.slice(1) } as Tensor;
  }
  return tensor;
}

function collect(config: ModelConfig, tensors: ReadonlyMap<string, Tensor>): Tensors {
  const outputs: Record<string, Tensor> = {};
  for (const { name, dims } of config.output) {
    const tensor = tensors.get(name);
    if (tensor !== undefined) outputs[name] = fitBatch(tensor, dims.length, config.maxBatchSize);
  }
  return outputs;
}

function nameEnsemble(error: unknown, name: string): unknown {
  if (!(error instanceof ToolError)) return error;
  return new ToolError(error.code, `in ensemble '${name}', ${error.message}`, {
    hint: error.hint,
    at: error.at,
    cause: error.cause ?? error,
  });
}
