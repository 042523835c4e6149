/**
 * What a pipeline is to `riva-build`, `riva-deploy` and the documents: a name, its options, how a
 * build is planned and what models it becomes. A new one is a folder here and a line in
 * `registry.ts`.
 */
import type { RivaArchive } from "../formats/riva/read.ts";
import type { RmirArchive } from "../formats/rmir/read.ts";
import type { OptionTable, OptionValues, PositionalSpec } from "../options/option.ts";
import type { PipelinePlan } from "./plan.ts";
import type { PlannedModel, StepFiles } from "./planned-model.ts";

export interface PlanRequest<T extends OptionTable> {
  /** In the order of the command line. */
  readonly archives: readonly RivaArchive[];
  readonly values: OptionValues<T>;
  /** Names that the user gave, as opposed to those that have their default. */
  readonly given: ReadonlySet<keyof T & string>;
}

export interface PipelineSpec<T extends OptionTable> {
  /** The word after `riva-build`. */
  readonly name: string;
  readonly summary: string;
  /** The archives it is built from. */
  readonly inputs: readonly PositionalSpec[];
  readonly options: T;
  /** Command lines for `--help`, each with a word of what it does. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** @throws ToolError for options and archives that do not fit */
  plan(request: PlanRequest<T>): Promise<PipelinePlan>;
  /** The models of the repository, in the order in which they are deployed. */
  planModels(rmir: RmirArchive, steps: StepFiles): Promise<readonly PlannedModel[]>;
}

/** A pipeline with its option types hidden, for lists. */
export type Pipeline = PipelineSpec<OptionTable>;

export function definePipeline<const T extends OptionTable>(spec: PipelineSpec<T>): Pipeline {
  // `plan` only ever gets values that were parsed with the table of the same pipeline
  return spec as unknown as Pipeline;
}
