/** Models of a repository out of an RMIR: what the pipelines share. */
import { ToolError } from "../errors/tool-error.ts";
import { layOutOnnx, needsExternalData } from "../formats/onnx/write.ts";
import type { RmirComponent } from "../formats/rmir/description.ts";
import type { RmirArchive } from "../formats/rmir/read.ts";
import type { FileContent } from "../io/atomic-output.ts";
import { type ByteSource, readPieces } from "../io/byte-source.ts";
import { type ParameterValue, stepConfig } from "../repository/make-config.ts";
import { findStep } from "../steps/registry.ts";
import type { ModelGraph } from "../tensor/model-graph.ts";
import type { PlannedModel, StepFiles } from "./planned-model.ts";
import { componentParameters, parseRunSettings } from "./rmir-parameters.ts";

/** A step's version folder: the bundle that every step shares, and the files of its own. */
export function planStep(
  component: RmirComponent,
  rmir: RmirArchive,
  steps: StepFiles,
): PlannedModel {
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
    // only stateful steps wait for more
    idleMicroseconds: parameters.optionalNumber("max_sequence_idle_microseconds") ?? 0,
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

/** A file of the RMIR. @throws ToolError INVALID_FILE if it lacks it */
export function sourceOf(rmir: RmirArchive, fileName: string): ByteSource {
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

/** A graph as the files of its version folder: with large weights there is a second one beside it. */
export function onnxFiles(graph: ModelGraph): Readonly<Record<string, FileContent>> {
  if (!needsExternalData(graph)) {
    const layout = layOutOnnx(graph);
    return { "1/model.onnx": (sink) => layout.writeModel(sink) };
  }
  const weights = "model.onnx.data";
  const layout = layOutOnnx(graph, weights);
  return {
    "1/model.onnx": (sink) => layout.writeModel(sink),
    [`1/${weights}`]: (sink) => layout.writeExternal(sink),
  };
}
