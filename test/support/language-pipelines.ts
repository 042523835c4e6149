/** Language models taken from checkpoint to a running engine, in this process. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { nemoToRiva } from "../../src/converters/nemo-to-riva.ts";
import { deploy } from "../../src/deploy/deploy.ts";
import { splitWords, typeOptions } from "../../src/options/parse.ts";
import { buildPipeline } from "../../src/pipelines/build-pipeline.ts";
import type { PipelinePlan } from "../../src/pipelines/plan.ts";
import { findPipeline } from "../../src/pipelines/registry.ts";

export interface LanguageBuild {
  readonly pipeline: string;
  /** A `.nemo` or a `.riva` file. */
  readonly source: string;
  /** Options as typed: `--domain_name=weather`. */
  readonly words?: readonly string[];
}

/** Builds one RMIR and returns its plan. */
export async function buildRmir(
  folder: string,
  rmir: string,
  { pipeline: name, source, words = [] }: LanguageBuild,
): Promise<PipelinePlan> {
  let riva = source;
  if (source.endsWith(".nemo")) {
    riva = path.join(folder, `${path.basename(rmir)}.riva`);
    await nemoToRiva({ source, out: riva, force: false, format: "ONNX", convert: {} });
  }
  const pipeline = findPipeline(name);
  const { options } = splitWords(words, pipeline.options);
  return buildPipeline({
    pipeline,
    output: { path: rmir, key: undefined },
    inputs: [{ path: riva, key: undefined }],
    ...typeOptions(options, pipeline.options),
    force: false,
  });
}

/**
 * Builds all and deploys them into one repository; returns its path. Without `stepsFolder` the
 * repository is only good for the embedded engine, which runs its own steps.
 */
export async function deployLanguageModels(
  folder: string,
  builds: readonly LanguageBuild[],
  stepsFolder?: string,
): Promise<string> {
  const rmirs = builds.map((_, i) => path.join(folder, `${i}.rmir`));
  for (const [i, build] of builds.entries()) await buildRmir(folder, rmirs[i] as string, build);
  const steps = stepsFolder ?? path.join(folder, "no-steps");
  if (stepsFolder === undefined) {
    mkdirSync(steps);
    for (const name of ["bundle.js", "model.py"]) writeFileSync(path.join(steps, name), "");
  }
  const repository = path.join(folder, "models");
  await deploy({
    rmirs: rmirs.map((rmir) => ({ path: rmir, key: undefined })),
    repository,
    force: false,
    stepsFolder: steps,
  });
  return repository;
}
