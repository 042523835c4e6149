/**
 * From RMIRs to the models of a repository, before anything is written: each pipeline plans its
 * models, models of several RMIRs that are equal become one, and every config is checked by
 * Triton's rules.
 */
import { createHash } from "node:crypto";
import { ToolError, withPlace } from "../errors/tool-error.ts";
import type { RmirArchive } from "../formats/rmir/read.ts";
import type { FileContent } from "../io/atomic-output.ts";
import type { PlannedModel, StepFiles } from "../pipelines/planned-model.ts";
import { findPipeline } from "../pipelines/registry.ts";
import { checkModelConfig } from "../repository/check-config.ts";
import { layOutRepository } from "../repository/layout.ts";
import { writeModelConfigText } from "../repository/model-config-text.ts";

export interface DeploymentModel extends PlannedModel {
  /** Path of the RMIR it comes from; the first one for a shared model. */
  readonly rmirPath: string;
}

/** The models in the order of deployment. @throws ToolError of the pipeline, INVALID_CONFIG */
export async function planDeployment(
  rmirs: readonly RmirArchive[],
  steps: StepFiles,
): Promise<readonly DeploymentModel[]> {
  const models = new Map<string, DeploymentModel>();
  for (const rmir of rmirs) {
    const planned = await withPlace(rmir.path, () =>
      findPipeline(rmir.description.pipeline).planModels(rmir, steps),
    );
    for (const model of planned) {
      const { name } = model.config;
      withPlace(rmir.path, () => checkModelConfig(model.config));
      const other = models.get(name);
      if (other === undefined) models.set(name, { ...model, rmirPath: rmir.path });
      else if (!(await isEqual(other, model))) throw clash(name, other.rmirPath, rmir.path);
    }
  }
  const planned = [...models.values()];
  // Names come out of a file: they are checked before any of them is used as a path.
  layOutRepository(planned);
  return planned;
}

async function isEqual(a: PlannedModel, b: PlannedModel): Promise<boolean> {
  if (writeModelConfigText(a.config) !== writeModelConfigText(b.config)) return false;
  return (await digestOf(a)) === (await digestOf(b));
}

async function digestOf(model: PlannedModel): Promise<string> {
  const hash = createHash("sha256");
  for (const [name, content] of Object.entries(model.files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${await contentDigest(content)}\0`);
  }
  return hash.digest("hex");
}

/** SHA-256 of a file that is still to be written. */
export async function contentDigest(content: FileContent): Promise<string> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  if (typeof content === "function") {
    await content({
      get sizeBytes() {
        return sizeBytes;
      },
      write: async (bytes) => {
        hash.update(bytes);
        sizeBytes += bytes.byteLength;
      },
    });
  } else hash.update(content);
  return hash.digest("hex");
}

function clash(name: string, first: string, second: string): ToolError {
  return new ToolError("USAGE", `both RMIRs make a model '${name}', and the two differ`, {
    at: [first, second],
    hint: "build one of them with another --name",
  });
}
