/**
 * A language pipeline: tokenizer, network, steps after it. What differs between the five is what
 * `readTask` returns; build, models and wiring are the same for all.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { JsonObject } from "../../formats/rmir/description.ts";
import type { RivaArchive } from "../../formats/riva/read.ts";
import type { HeadReduction } from "../../graph/head-reduction.ts";
import type { OptionTable, OptionValues } from "../../options/option.ts";
import { definePipeline, type Pipeline, type PlanRequest } from "../define-pipeline.ts";
import { checkFiles, checkLanguageCode, checkModelFolderName } from "../option-checks.ts";
import type { Notice, PipelinePlan, ResolvedOption } from "../plan.ts";
import { type LanguageStep, networkComponent, stepComponent } from "./components.ts";
import { type LanguageModel, readLanguageModel } from "./language-model.ts";
import { planLanguageModels } from "./models.ts";
import { buildNetwork, checkLabelCount, countClasses } from "./network.ts";
import type { LanguageOptions, LanguageValues } from "./options.ts";

/** What one build of a pipeline is made of. */
export interface LanguageTask {
  /** The first one is the tokenizer. */
  readonly steps: readonly [LanguageStep, ...LanguageStep[]];
  readonly reductions: readonly HeadReduction[];
  /** Labels by the logits that they name the classes of. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Parameters of the ensemble beside the language. */
  readonly parameters: JsonObject;
  readonly notices?: readonly Notice[];
}

export interface LanguagePipelineSpec<T extends OptionTable> {
  readonly name: string;
  readonly summary: string;
  readonly classes: readonly string[];
  readonly options: T;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Outputs of the ensemble. */
  readonly outputs: readonly string[];
  /** What clients ask for. @throws ToolError USAGE */
  modelName(values: OptionValues<T>): string;
  /** @throws ToolError for options and archives that do not fit */
  readTask(model: LanguageModel, values: OptionValues<T>): Promise<LanguageTask>;
}

export function defineLanguagePipeline<const T extends OptionTable & LanguageOptions>(
  spec: LanguagePipelineSpec<T>,
): Pipeline {
  return definePipeline({
    name: spec.name,
    summary: spec.summary,
    inputs: [{ name: "model", doc: "Archive of the model (.riva)", required: true }],
    options: spec.options,
    examples: spec.examples,
    plan: (request) => planBuild(spec, request),
    planModels: (rmir, steps) => planLanguageModels(rmir, steps, spec.outputs),
  });
}

async function planBuild<T extends OptionTable & LanguageOptions>(
  spec: LanguagePipelineSpec<T>,
  { archives, values, given }: PlanRequest<T>,
): Promise<PipelinePlan> {
  const common = values as OptionValues<T> & LanguageValues;
  checkLanguageCode(common.language_code);
  await checkFiles(spec.options, values, given);
  const name = spec.modelName(values);
  checkModelFolderName("name", name);
  const model = await readLanguageModel(onlyArchive(spec.name, archives), common, spec);
  const task = await withPlace(model.archive.path, () => spec.readTask(model, values));
  await checkDeployable(model, task);
  const { reductions } = task;
  const planned = [
    networkComponent({ model, pipelineName: name, reductions, values: common }),
    ...task.steps.map((step) => stepComponent(step, common)),
  ];
  return {
    options: resolvedOptions(values, given, task),
    notices: task.notices ?? [],
    description: {
      pipeline: spec.name,
      name,
      parameters: { language_code: common.language_code, ...task.parameters },
      components: planned.map(({ component }) => component),
    },
    files: planned.flatMap(({ files }) => files),
    contents: new Map(planned.flatMap(({ contents }) => contents)),
  };
}

function onlyArchive(pipeline: string, archives: readonly RivaArchive[]): RivaArchive {
  const [archive] = archives;
  if (archive !== undefined) return archive;
  throw new ToolError("USAGE", "missing the model archive", {
    hint: `riva-build ${pipeline} out.rmir model.riva`,
  });
}

/** Makes the graph of the deployment once, so that nothing is accepted now and refused later. */
async function checkDeployable(
  { graph, archive }: LanguageModel,
  task: LanguageTask,
): Promise<void> {
  await withPlace(archive.path, async () => {
    await buildNetwork(graph.source, task.reductions);
    for (const [logits, labels] of Object.entries(task.labels)) {
      checkLabelCount(logits, await countClasses(graph.source, logits), labels);
    }
  });
}

/** Every option that has a value, and what was read from the model. */
function resolvedOptions(
  values: Readonly<Record<string, unknown>>,
  given: ReadonlySet<string>,
  { steps }: LanguageTask,
): ResolvedOption[] {
  const options = new Map<string, ResolvedOption>();
  for (const [name, value] of Object.entries(steps[0].parameters)) {
    if (typeof value === "number" || typeof value === "boolean") {
      options.set(name, { name, value, source: "model" });
    }
  }
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || typeof value === "object") continue;
    const isGiven = given.has(name);
    if (!isGiven && options.has(name)) continue;
    const source = isGiven ? "given" : "default";
    options.set(name, { name, value: value as string | number | boolean, source });
  }
  return [...options.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
