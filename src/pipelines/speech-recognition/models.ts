/**
 * The models of a recognition pipeline, made from its RMIR. Names, tensors and parameters are
 * those of docs/formats/speech-recognition-repository.md.
 */
import type { RmirComponent } from "../../formats/rmir/description.ts";
import type { RmirArchive } from "../../formats/rmir/read.ts";
import { networkConfig } from "../../repository/make-config.ts";
import type { PlannedModel, StepFiles } from "../planned-model.ts";
import { onnxFiles, planStep, sourceOf } from "../plan-model.ts";
import { componentParameters, findComponent, parseRunSettings } from "../rmir-parameters.ts";
import { planDecoder } from "./decoder-model.ts";
import { planEnsemble } from "./ensemble.ts";
import { buildAcousticGraph, buildFeaturizerGraph } from "./graphs.ts";
import { COMPONENT, parsePipelineSettings } from "./settings.ts";

/** @throws ToolError INVALID_FILE, INVALID_CONFIG, UNSUPPORTED for an RMIR that cannot be deployed */
export async function planSpeechRecognitionModels(
  rmir: RmirArchive,
  steps: StepFiles,
): Promise<readonly PlannedModel[]> {
  const { description } = rmir;
  const settings = parsePipelineSettings(description);
  const component = (name: string): RmirComponent => findComponent(description, name);
  const acousticModel = await planAcousticModel(component(COMPONENT.acousticModel), rmir);
  const models = {
    acousticModel,
    featurizer: planFeaturizer(component(COMPONENT.featurizer)),
    audioWindow: planStep(component(COMPONENT.audioWindow), rmir, steps),
    endpointing: planStep(component(COMPONENT.endpointing), rmir, steps),
    decoder: await planDecoder(component(COMPONENT.decoder), rmir, steps),
  };
  return [...Object.values(models), planEnsemble(description.name, settings, models)];
}

async function planAcousticModel(
  component: RmirComponent,
  rmir: RmirArchive,
): Promise<PlannedModel> {
  const parameters = componentParameters(component);
  const fileName = component.files["onnx"] ?? "model_graph.onnx";
  const graph = await buildAcousticGraph(sourceOf(rmir, fileName), {
    mels: parameters.integer("mels"),
    subsamplingFactor: parameters.integer("subsampling_factor"),
    topTokens: parameters.optionalNumber("top_tokens"),
    blank: parameters.integer("vocabulary_size"),
  });
  return {
    component: component.name,
    config: networkConfig(parseRunSettings(component), graph),
    files: onnxFiles(graph),
    extracted: { onnx: fileName },
  };
}

function planFeaturizer(component: RmirComponent): PlannedModel {
  const parameters = componentParameters(component);
  const graph = buildFeaturizerGraph({
    preprocessor: parameters.object("preprocessor"),
    nemoVersion: parameters.optionalText("nemo_version"),
  });
  const config = networkConfig(parseRunSettings(component), graph, {
    preserveOrdering: parameters.boolean("preserve_ordering"),
    graphLevel: parameters.optionalNumber("optimization_graph_level"),
  });
  return {
    component: component.name,
    config,
    files: onnxFiles(graph),
    extracted: {},
  };
}
