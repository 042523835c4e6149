/**
 * The models of a language pipeline, made from its RMIR. Names, tensors and parameters are those
 * of docs/formats/language-repository.md.
 */
import type { RmirArchive } from "../../formats/rmir/read.ts";
import { dtypeOfDataType } from "../../repository/data-types.ts";
import {
  ensembleConfig,
  type EnsembleStep,
  networkConfig,
  type ParameterValue,
  type TensorSpec,
} from "../../repository/make-config.ts";
import { onnxFiles, planStep, sourceOf } from "../plan-model.ts";
import type { PlannedModel, StepFiles } from "../planned-model.ts";
import { componentParameters, findComponent, parseRunSettings } from "../rmir-parameters.ts";
import { NETWORK } from "./components.ts";
import { buildNetwork, parseReductions } from "./network.ts";

/** @throws ToolError INVALID_FILE, INVALID_GRAPH for an RMIR that cannot be deployed */
export async function planLanguageModels(
  rmir: RmirArchive,
  steps: StepFiles,
  outputs: readonly string[],
): Promise<readonly PlannedModel[]> {
  const { description } = rmir;
  const network = await planNetwork(rmir);
  const [tokenizer, ...others] = description.components
    .filter(({ name }) => name !== NETWORK)
    .map((component) => planStep(component, rmir, steps));
  const models = tokenizer === undefined ? [network] : [tokenizer, network, ...others];
  return [...models, planEnsemble(rmir, models, outputs)];
}

async function planNetwork(rmir: RmirArchive): Promise<PlannedModel> {
  const component = findComponent(rmir.description, NETWORK);
  const fileName = component.files["onnx"] ?? "model_graph.onnx";
  const reductions = parseReductions(componentParameters(component).list("reductions"));
  const graph = await buildNetwork(sourceOf(rmir, fileName), reductions);
  return {
    component: component.name,
    config: networkConfig(parseRunSettings(component), graph),
    files: onnxFiles(graph),
    extracted: { onnx: fileName },
  };
}

/**
 * A tensor goes to every later model that has an input of its name; what no model makes comes from
 * the request. The models are in the order in which a request passes them.
 */
function planEnsemble(
  { description }: RmirArchive,
  models: readonly PlannedModel[],
  outputs: readonly string[],
): PlannedModel {
  const made = new Map<string, TensorSpec>();
  const asked = new Map<string, TensorSpec>();
  const read = new Set(outputs);
  for (const { config } of models) {
    for (const input of config.input) {
      read.add(input.name);
      if (!made.has(input.name)) asked.set(input.name, tensorOf(input));
    }
    for (const output of config.output) made.set(output.name, tensorOf(output));
  }
  const same = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, name]));
  const config = ensembleConfig({
    name: description.name,
    // one text a request: its windows are the batch of the network
    maxBatchSize: 0,
    inputs: [...asked.values()],
    outputs: outputs.map((name) => made.get(name)).filter((tensor) => tensor !== undefined),
    parameters: {
      servicemaker_pipeline: description.pipeline,
      ...(description.parameters as Readonly<Record<string, ParameterValue>>),
    },
    steps: models.map(({ config: { name, input, output } }): EnsembleStep => ({
      model: name,
      inputs: same(input.map((tensor) => tensor.name)),
      outputs: same(output.map((tensor) => tensor.name).filter((tensor) => read.has(tensor))),
    })),
  });
  return { component: "self", config, files: {}, extracted: {} };
}

type ConfigTensor =
  PlannedModel["config"]["input"][number] | PlannedModel["config"]["output"][number];

function tensorOf(tensor: ConfigTensor): TensorSpec {
  return {
    name: tensor.name,
    dtype: dtypeOfDataType(tensor.dataType) ?? "string",
    dims: tensor.dims.map(Number),
    ...("optional" in tensor && tensor.optional ? { optional: true } : {}),
  };
}
