/**
 * The models of a recognition pipeline, made from its RMIR. Names, tensors and parameters are
 * those of docs/formats/speech-recognition-repository.md.
 */
import type { RmirComponent } from "../../formats/rmir/description.ts";
import type { RmirArchive } from "../../formats/rmir/read.ts";
import { writeOnnx } from "../../formats/onnx/write.ts";
import type { FileContent } from "../../io/atomic-output.ts";
import { readPieces, type ByteSource } from "../../io/byte-source.ts";
import { ToolError } from "../../errors/tool-error.ts";
import { findStep } from "../../steps/registry.ts";
import type { ModelGraph } from "../../tensor/model-graph.ts";
import { networkConfig, type ParameterValue, stepConfig } from "../../repository/make-config.ts";
import type { PlannedModel, StepFiles } from "../planned-model.ts";
import { planEnsemble } from "./ensemble.ts";
import { buildAcousticGraph, buildFeaturizerGraph } from "./graphs.ts";
import {
  COMPONENT,
  componentParameters,
  findComponent,
  parsePipelineSettings,
  parseRunSettings,
} from "./settings.ts";

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
    decoder: planStep(component(COMPONENT.decoder), rmir, steps),
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
  });
  return {
    component: component.name,
    config: networkConfig(parseRunSettings(component), graph),
    files: { "1/model.onnx": onnxContent(graph) },
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
    files: { "1/model.onnx": onnxContent(graph) },
    extracted: {},
  };
}

/** A step's version folder: the bundle that every step shares, and the files of its own. */
function planStep(component: RmirComponent, rmir: RmirArchive, steps: StepFiles): PlannedModel {
  const parameters = componentParameters(component);
  const own = parameters.object("step_parameters") as Readonly<Record<string, ParameterValue>>;
  // The RMIR's name of a file has the component in front; the step knows it by its own name.
  const files = Object.entries(component.files).map(([key, stored]) => ({
    name: String(own[key] ?? stored),
    stored,
  }));
  const config = stepConfig({
    settings: parseRunSettings(component),
    step: findStep(parameters.text("step")),
    parameters:
      files.length === 0 ? own : { ...own, files: files.map(({ name }) => name).join(",") },
    idleMicroseconds: parameters.integer("max_sequence_idle_microseconds"),
  });
  const contents = [
    ...files.map(({ name, stored }) => [name, sourceContent(sourceOf(rmir, stored))] as const),
    ...Object.entries(steps),
  ];
  return {
    component: component.name,
    config,
    files: Object.fromEntries(contents.map(([name, content]) => [`1/${name}`, content])),
    extracted: component.files,
  };
}

function sourceOf(rmir: RmirArchive, fileName: string): ByteSource {
  const source = rmir.files.get(fileName);
  if (source !== undefined) return source;
  throw new ToolError("INVALID_FILE", `the RMIR lacks the file '${fileName}'`, {
    hint: "it was changed by hand or is damaged; build it again with riva-build",
  });
}

const sourceContent =
  (source: ByteSource): FileContent =>
  async (sink) => {
    for await (const piece of readPieces(source)) await sink.write(piece);
  };

const onnxContent =
  (graph: ModelGraph): FileContent =>
  (sink) =>
    writeOnnx(graph, sink);
