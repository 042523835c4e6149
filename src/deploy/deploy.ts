/**
 * `riva-deploy` without the command line: RMIRs in, models of a Triton repository out. All models
 * are prepared beside the repository's own before the first one appears under its name.
 */
import path from "node:path";
import { ToolError } from "../errors/tool-error.ts";
import { openRmir, type RmirArchive } from "../formats/rmir/read.ts";
import { writeFolderAtomically } from "../io/atomic-output.ts";
import { ensureFolder, entryKind } from "../io/folder.ts";
import type { ArchiveRef } from "../options/archive-ref.ts";
import type { Progress } from "../pipelines/plan.ts";
import { layOutRepository } from "../repository/layout.ts";
import { type DeploymentModel, planDeployment } from "./plan-deployment.ts";
import { withoutShared } from "./existing.ts";
import { readStepFiles } from "./step-files.ts";

export interface DeployRequest {
  readonly rmirs: readonly ArchiveRef[];
  /** The repository folder; made if it is missing. */
  readonly repository: string;
  /** Replace models that exist. */
  readonly force: boolean;
  readonly onProgress?: Progress;
  /** Folder with bundle.js and model.py; `dist/steps` of the package by default. */
  readonly stepsFolder?: string;
}

/**
 * Deploys; returns the names of the models.
 * @throws ToolError; then no model was written or replaced
 */
export async function deploy(request: DeployRequest): Promise<readonly string[]> {
  const { repository, force, onProgress = () => {} } = request;
  await checkTarget(request);
  const rmirs: RmirArchive[] = [];
  try {
    for (const reference of request.rmirs) rmirs.push(await openReference(reference, onProgress));
    const steps = await readStepFiles(request.stepsFolder);
    const planned = await planDeployment(rmirs, steps);
    const models = force ? planned : await withoutShared(repository, planned);
    onProgress("INFO", `Writing Riva model repository to '${repository}'...`);
    onProgress("INFO", `The riva model repo target directory is ${repository}`);
    await ensureFolder(repository);
    // The last one prepared appears first: ensembles, which come last, need their parts.
    await writeAll(repository, [...models].reverse(), force);
    for (const model of models) logModel(model, repository, onProgress);
    return planned.map(({ config }) => config.name);
  } finally {
    for (const rmir of rmirs) await rmir.close();
  }
}

async function checkTarget({ rmirs, repository }: DeployRequest): Promise<void> {
  const isFile = (await entryKind(repository)) === "file";
  if (rmirs.length > 0 && !isFile && !/\.rmir(:[^/]*)?$/i.test(repository)) return;
  throw new ToolError("USAGE", "the last argument must be the folder of the model repository", {
    at: repository,
    hint: "riva-deploy [-f] PIPELINE.rmir … /data/models",
  });
}

async function openReference(reference: ArchiveRef, onProgress: Progress): Promise<RmirArchive> {
  const rmir = await openRmir(reference.path);
  if (reference.key !== undefined) {
    onProgress("WARNING", `${reference.path} is not encrypted; its key is not needed`);
  }
  return rmir;
}

/** Each model is written inside the call that will put the one before it in place. */
async function writeAll(
  repository: string,
  models: readonly DeploymentModel[],
  force: boolean,
): Promise<void> {
  const [model, ...rest] = models;
  if (model === undefined) return;
  const { name } = model.config;
  await writeFolderAtomically(path.join(repository, name), { force }, async (folder) => {
    for (const { path: file, content } of layOutRepository([model])) {
      await folder.write(file.slice(name.length + 1), content);
    }
    await writeAll(repository, rest, force);
  });
}

/** In the words of the original. */
function logModel(model: DeploymentModel, repository: string, onProgress: Progress): void {
  const folder = path.join(repository, model.config.name, "1");
  if (model.config.backend === "onnxruntime") onProgress("INFO", "Using onnx runtime");
  onProgress("INFO", `Extract_binaries for ${model.component} -> ${folder}`);
  const extracted = Object.entries(model.extracted);
  if (extracted.length > 0) {
    const listed = extracted.map(([key, name]) => `'${key}': '${name}'`).join(", ");
    onProgress("INFO", `extracting {${listed}} -> ${folder}`);
  }
  for (const line of model.log ?? []) onProgress("INFO", line);
}
