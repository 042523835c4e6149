/** The components of a language pipeline with all that their models will need. */
import type { EffContent } from "../../formats/eff/write.ts";
import type { JsonObject, RmirComponent } from "../../formats/rmir/description.ts";
import { rmirFileName } from "../../formats/rmir/write.ts";
import { ToolError } from "../../errors/tool-error.ts";
import type { HeadReduction } from "../../graph/head-reduction.ts";
import type { ModelRunSettings } from "../../repository/make-config.ts";
import type { PlannedFile } from "../plan.ts";
import type { LanguageModel } from "./language-model.ts";
import type { LanguageValues } from "./options.ts";

/** Component name of the network. */
export const NETWORK = "nn";

export interface StepFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A step of a pipeline as its folder plans it. */
export interface LanguageStep {
  readonly component: string;
  readonly modelName: string;
  readonly step: string;
  readonly parameters: JsonObject;
  /** By the parameter that names them. */
  readonly files: Readonly<Record<string, StepFile>>;
}

/** A component, its files with their content, and where these came from. */
export interface PlannedComponent {
  readonly component: RmirComponent;
  readonly contents: readonly (readonly [string, EffContent])[];
  readonly files: readonly PlannedFile[];
}

/** A step's model has no batch axis: a request is one text with all its windows. */
export function stepComponent(
  { component, modelName, step, parameters, files }: LanguageStep,
  values: LanguageValues,
): PlannedComponent {
  const stored = Object.entries(files).map(([key, file]) => ({
    key,
    name: rmirFileName(component, file.name),
    file,
  }));
  return {
    component: {
      name: component,
      runtime: "step",
      files: Object.fromEntries(stored.map(({ key, name }) => [key, name])),
      parameters: {
        model_name: modelName,
        max_batch_size: 0,
        preferred_batch_size: 0,
        max_queue_delay_microseconds: 0,
        instance_group_count: values.instance_group_count ?? 1,
        instance_group_kind: "KIND_CPU",
        step,
        step_parameters: parameters,
      },
    },
    contents: stored.map(({ name, file }) => [name, file.bytes]),
    files: stored.map(({ key, name, file }) => ({ component, key, name, origin: file.name })),
  };
}

export interface NetworkRequest {
  readonly model: LanguageModel;
  readonly pipelineName: string;
  readonly reductions: readonly HeadReduction[];
  readonly values: LanguageValues;
}

export function networkComponent(request: NetworkRequest): PlannedComponent {
  const { model, pipelineName, reductions, values } = request;
  const name = rmirFileName(NETWORK, model.graph.name);
  const parameters: ModelRunSettings & JsonObject = {
    model_name: `riva-onnx-${pipelineName}-nn-${model.baseName}`,
    max_batch_size: networkBatch(values),
    preferred_batch_size: preferredBatch(values),
    max_queue_delay_microseconds: values["language_model.max_queue_delay_microseconds"] ?? 0,
    instance_group_count:
      values["language_model.instance_group_count"] ?? values.instance_group_count ?? 1,
    instance_group_kind: values.kind ?? "KIND_AUTO",
    obj_cls: model.objCls,
    reductions: reductions.map((reduction) => ({ ...reduction })),
  };
  const origin = `${model.objCls}, ${model.graph.name}`;
  return {
    component: { name: NETWORK, runtime: "onnx", files: { onnx: name }, parameters },
    contents: [[name, model.graph.source]],
    files: [{ component: NETWORK, key: "onnx", name, origin }],
  };
}

/** Also the most windows that a tokenizer gives at once. */
export const networkBatch = (values: LanguageValues): number =>
  values["language_model.max_batch_size"] ?? values.max_batch_size;

/** 0 stands for no preference. */
function preferredBatch(values: LanguageValues): number {
  const preferred =
    values["language_model.preferred_batch_size"] ?? values["language_model.opt_batch_size"] ?? 0;
  const largest = networkBatch(values);
  if (preferred <= largest) return preferred;
  throw new ToolError(
    "USAGE",
    `--language_model.opt_batch_size=${preferred} is above the largest batch of ${largest}`,
    { hint: `choose at most ${largest}, or raise --max_batch_size` },
  );
}
