/**
 * A model repository as plain data: what a pipeline plans, a test compares and `write.ts` puts on
 * a disk. Layout: `<model>/config.pbtxt`, `<model>/<version>/<files>`.
 */
import { ToolError } from "../errors/tool-error.ts";
import type { ModelConfig } from "../gen/model_config_pb.ts";
import type { FileContent } from "../io/atomic-output.ts";
import { writeModelConfigText } from "./model-config-text.ts";

export const CONFIG_FILE = "config.pbtxt";

/**
 * Put into version folders that are empty otherwise (those of ensembles): Triton wants the
 * folder, but git, archives and object stores lose empty ones. Triton ignores unknown files.
 */
export const PLACEHOLDER_FILE = ".keep";

/** One model; `files` has paths relative to the model's folder, such as `1/model.onnx`. */
export interface RepositoryModel {
  readonly config: ModelConfig;
  readonly files: Readonly<Record<string, FileContent>>;
}

export interface RepositoryFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly content: FileContent;
}

/**
 * All files of a repository, sorted by path: the configs, the models' files, and a placeholder
 * where a model has no version folder.
 * @throws ToolError INVALID_CONFIG for two models of one name, a bad name, a path that leaves its folder
 */
export function layOutRepository(models: readonly RepositoryModel[]): RepositoryFile[] {
  const names = new Set<string>();
  const files = models.flatMap((model) => {
    const { name } = model.config;
    checkModelName(name);
    if (names.has(name)) {
      throw invalid(name, `two models are called '${name}'`, "give every model its own name");
    }
    names.add(name);
    return layOutModel(model);
  });
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function layOutModel({ config, files }: RepositoryModel): RepositoryFile[] {
  const paths = Object.keys(files);
  for (const path of paths) checkRelativePath(config.name, path);
  const hasVersion = paths.some((path) => isVersionName(path.split("/")[0] ?? ""));
  const all: Record<string, FileContent> = {
    ...files,
    ...(hasVersion ? {} : { [`1/${PLACEHOLDER_FILE}`]: "" }),
    [CONFIG_FILE]: writeModelConfigText(config),
  };
  return Object.entries(all).map(([path, content]) => ({
    path: `${config.name}/${path}`,
    content,
  }));
}

/** Triton takes a folder for a version if its name is a positive integer without leading zeros. */
export function isVersionName(name: string): boolean {
  return /^(0|[1-9]\d{0,17})$/.test(name);
}

/** @throws ToolError INVALID_CONFIG unless the name can be that of a folder. */
export function checkModelName(name: string): void {
  if (name === "") {
    throw invalid("model", "model configuration must specify 'name'", "name the model");
  }
  if (/[/\\\0]/.test(name) || name === "." || name === "..") {
    throw invalid(
      name,
      `invalid model name '${name}', model name must not contain path traversal characters`,
      "use letters, digits, '-', '_' and '.'",
    );
  }
}

function checkRelativePath(model: string, path: string): void {
  const parts = path.split("/");
  const isInside = parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (isInside && !/[\\\0]/.test(path) && path !== CONFIG_FILE) return;
  throw invalid(
    model,
    `the file path '${path}' is not a relative path inside the model's folder`,
    "use paths such as 1/model.onnx",
  );
}

function invalid(at: string, message: string, hint: string): ToolError {
  return new ToolError("INVALID_CONFIG", message, { at, hint });
}
