/** Parameters of a pipeline's ensemble, which tell a service all that it knows of the pipeline. */
import { ToolError } from "../../errors/tool-error.ts";
import type { ModelSummary } from "../engine/engine.ts";

export type ModelParameters = Readonly<Record<string, string>>;

/** All of them, by name. */
export function modelParameters({ config }: ModelSummary): ModelParameters {
  return Object.fromEntries(
    Object.entries(config.parameters).map(([key, value]) => [key, value.stringValue]),
  );
}

/** Which pipeline the model is the whole of; undefined for a part of one. */
export function pipelineOf({ config }: ModelSummary): string | undefined {
  return config.parameters["servicemaker_pipeline"]?.stringValue;
}

/** @throws ToolError INVALID_CONFIG if it is not a number above 0 and up to `most` */
export function positiveParameter(
  model: string,
  parameters: ModelParameters,
  name: string,
  most: number,
): number {
  const value = Number(parameters[name] ?? "");
  if (value > 0 && value <= most) return value;
  throw wrongParameter(
    model,
    `the parameter '${name}' is "${parameters[name] ?? ""}", expected a number up to ${most}`,
  );
}

export function wrongParameter(model: string, message: string): ToolError {
  return new ToolError("INVALID_CONFIG", message, {
    at: [model, "config.pbtxt"],
    hint: "deploy the pipeline again with riva-deploy",
  });
}
