/**
 * What of a deployment lies in the repository already. Pipelines share models, such as the
 * detokenizer of all intent domains: one that is there, byte for byte, is left as it is.
 */
import { createHash } from "node:crypto";
import path from "node:path";
import { ToolError } from "../errors/tool-error.ts";
import { readPieces } from "../io/byte-source.ts";
import { openFile } from "../io/file-source.ts";
import { entryKind } from "../io/folder.ts";
import { layOutRepository } from "../repository/layout.ts";
import { contentDigest, type DeploymentModel } from "./plan-deployment.ts";

/**
 * The models that have to be written.
 * @throws ToolError OUTPUT_EXISTS if one of them would replace another
 */
export async function withoutShared(
  repository: string,
  models: readonly DeploymentModel[],
): Promise<readonly DeploymentModel[]> {
  const existing: DeploymentModel[] = [];
  for (const model of models) {
    const folder = path.join(repository, model.config.name);
    if ((await entryKind(folder)) !== undefined) existing.push(model);
  }
  for (const model of existing) {
    // a pipeline that is there is not deployed twice, even if it is the same
    const isPart = model.config.platform !== "ensemble";
    if (!isPart || !(await isSame(repository, model))) throw exists(repository, existing);
  }
  return models.filter((model) => !existing.includes(model));
}

async function isSame(repository: string, model: DeploymentModel): Promise<boolean> {
  for (const { path: file, content } of layOutRepository([model])) {
    const place = path.join(repository, file);
    if ((await entryKind(place)) !== "file") return false;
    if ((await fileDigest(place)) !== (await contentDigest(content))) return false;
  }
  return true;
}

async function fileDigest(place: string): Promise<string> {
  const file = await openFile(place);
  const hash = createHash("sha256");
  try {
    for await (const piece of readPieces(file)) hash.update(piece);
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

function exists(repository: string, existing: readonly DeploymentModel[]): ToolError {
  const names = existing.map(({ config }) => config.name);
  return new ToolError(
    "OUTPUT_EXISTS",
    `the repository has ${names.length === 1 ? "a model" : "models"} of that name: ${names.join(", ")}`,
    {
      at: repository,
      hint: "replace with -f, deploy into another folder, or build with another --name; nothing was changed",
    },
  );
}
