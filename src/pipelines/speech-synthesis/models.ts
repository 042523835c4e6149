/**
 * The models of a synthesis pipeline, made from its RMIR. Names, tensors and parameters are those
 * of docs/formats/speech-synthesis-repository.md.
 */
import type { RmirComponent } from "../../formats/rmir/description.ts";
import type { RmirArchive } from "../../formats/rmir/read.ts";
import { networkConfig } from "../../repository/make-config.ts";
import type { ModelGraph } from "../../tensor/model-graph.ts";
import { onnxFiles, planStep, sourceOf } from "../plan-model.ts";
import type { PlannedModel, StepFiles } from "../planned-model.ts";
import { findComponent, parseRunSettings } from "../rmir-parameters.ts";
import { planEnsemble } from "./ensemble.ts";
import { buildAcousticGraph, buildVocoderGraph } from "./graphs.ts";
import { COMPONENT, parsePipelineSettings } from "./settings.ts";

/** @throws ToolError INVALID_FILE, INVALID_CONFIG, INVALID_GRAPH for an RMIR that cannot be deployed */
export async function planSpeechSynthesisModels(
  rmir: RmirArchive,
  steps: StepFiles,
): Promise<readonly PlannedModel[]> {
  const { description } = rmir;
  const settings = parsePipelineSettings(description);
  const component = (name: string): RmirComponent => findComponent(description, name);
  const graphFile = (name: string): string => component(name).files["onnx"] ?? "model_graph.onnx";
  const acoustic = await buildAcousticGraph(sourceOf(rmir, graphFile(COMPONENT.encoder)));
  const vocoder = await buildVocoderGraph(sourceOf(rmir, graphFile(COMPONENT.vocoder)));
  const models = {
    preprocessor: planStep(component(COMPONENT.preprocessor), rmir, steps),
    encoder: planNetwork(component(COMPONENT.encoder), acoustic.graph),
    chunker: planStep(component(COMPONENT.chunker), rmir, steps),
    vocoder: planNetwork(component(COMPONENT.vocoder), vocoder),
    postprocessor: planStep(component(COMPONENT.postprocessor), rmir, steps),
  };
  const ensemble = planEnsemble(settings, models, acoustic.takesSpeaker);
  return [...Object.values(models), ensemble];
}

function planNetwork(component: RmirComponent, graph: ModelGraph): PlannedModel {
  return {
    component: component.name,
    config: networkConfig(parseRunSettings(component), graph),
    files: onnxFiles(graph),
    extracted: component.files,
  };
}
