/**
 * Reading a model repository folder as Triton does: every folder is a model, folders inside it
 * with a number for a name are its versions, and the version policy says which are served.
 */
import path from "node:path";
import { ToolError, withPlace } from "../errors/tool-error.ts";
import type { ModelConfig } from "../gen/model_config_pb.ts";
import { entryKind, listFolder, readTextFile } from "../io/folder.ts";
import { checkModelConfig } from "./check-config.ts";
import { completeModelConfig } from "./complete-config.ts";
import { CONFIG_FILE, checkModelName, isVersionName } from "./layout.ts";
import { parseModelConfigText } from "./model-config-text.ts";

/** A config is a few kilobytes; more is not a config. */
const CONFIG_LIMIT_BYTES = 4 * 1024 * 1024;

export interface ModelVersion {
  /** `1`, `2`, … as the folder is called. */
  readonly version: string;
  readonly folder: string;
}

/** A model as found in a repository folder. */
export interface ModelOnDisk {
  readonly name: string;
  readonly folder: string;
  /** Completed by Triton's defaults and checked. */
  readonly config: ModelConfig;
  /** The versions to serve, newest first; never empty. */
  readonly versions: readonly ModelVersion[];
}

/** Names of the model folders, sorted. @throws ToolError NOT_FOUND if there is no such folder. */
export async function listModelFolders(repository: string): Promise<string[]> {
  const names = (await listFolder(repository)).filter((name) => !name.startsWith("."));
  const kinds = await Promise.all(names.map((name) => entryKind(path.join(repository, name))));
  return names.filter((_, index) => kinds[index] === "folder");
}

/**
 * Reads all models.
 * @throws ToolError INVALID_FILE, INVALID_CONFIG of the first bad model, with model, file and line
 */
export async function readRepository(repository: string): Promise<ModelOnDisk[]> {
  const names = await listModelFolders(repository);
  if (names.length === 0) {
    throw new ToolError("NOT_FOUND", "the model repository has no models", {
      at: repository,
      hint: `a model is a folder with a ${CONFIG_FILE}; make one with riva-deploy`,
    });
  }
  const models: ModelOnDisk[] = [];
  for (const name of names) models.push(await readModel(repository, name));
  return models;
}

/** Reads one model. @throws ToolError INVALID_FILE, INVALID_CONFIG, NOT_FOUND */
export async function readModel(repository: string, name: string): Promise<ModelOnDisk> {
  return withPlace(name, async () => {
    checkModelName(name);
    const folder = path.join(repository, name);
    const versionNames = (await listFolder(folder)).filter(isVersionName);
    const written = await readConfig(folder);
    if (written.name !== "" && written.name !== name) {
      throw new ToolError(
        "INVALID_CONFIG",
        `unexpected directory name '${name}' for model '${written.name}', directory name must equal model name`,
        { at: CONFIG_FILE, hint: "rename the folder, or the model in its config" },
      );
    }
    const firstVersion = versionNames[0];
    const firstFiles =
      firstVersion === undefined ? [] : await listFolder(path.join(folder, firstVersion));
    const config = completeModelConfig({ ...written, name }, firstFiles);
    withPlace(CONFIG_FILE, () => checkModelConfig(config));
    const versions = servedVersions(config, versionNames);
    if (versions.length === 0) {
      throw new ToolError(
        "INVALID_CONFIG",
        `at least one version must be available under the version policy of model '${name}'`,
        { hint: "make a folder '1' inside the model's folder, with its model file" },
      );
    }
    return {
      name,
      folder,
      config,
      versions: versions.map((version) => ({ version, folder: path.join(folder, version) })),
    };
  });
}

async function readConfig(folder: string): Promise<ModelConfig> {
  const file = path.join(folder, CONFIG_FILE);
  if ((await entryKind(file)) !== "file") {
    throw new ToolError("NOT_FOUND", `the model has no ${CONFIG_FILE}`, {
      hint: "write one; this server does not guess a config from the model file",
    });
  }
  return parseModelConfigText(await readTextFile(file, CONFIG_LIMIT_BYTES), CONFIG_FILE);
}

/** The versions that the policy chooses, newest first. */
function servedVersions(config: ModelConfig, names: readonly string[]): string[] {
  const newestFirst = [...names].sort((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1));
  const policy = config.versionPolicy?.policyChoice;
  switch (policy?.case) {
    case "all":
      return newestFirst;
    case "specific": {
      const wanted = new Set(policy.value.versions.map(String));
      return newestFirst.filter((name) => wanted.has(name));
    }
    default: {
      const count = policy?.case === "latest" ? policy.value.numVersions : 1;
      return newestFirst.slice(0, Math.max(1, count));
    }
  }
}
