/** Writing a planned repository; whole or not at all. */
import { type OutputFolder, writeFolderAtomically } from "../io/atomic-output.ts";
import { layOutRepository, type RepositoryModel } from "./layout.ts";

export interface WriteRepositoryOptions {
  /** Replace an existing folder. */
  readonly force: boolean;
}

/**
 * Writes a whole repository to the folder `target`.
 * @throws ToolError INVALID_CONFIG, OUTPUT_EXISTS, CANNOT_WRITE
 */
export async function writeRepository(
  target: string,
  models: readonly RepositoryModel[],
  options: WriteRepositoryOptions,
): Promise<void> {
  await writeFolderAtomically(target, options, (folder) => writeModels(folder, models));
}

/** Writes models into a folder that is being written, for a caller that merges repositories. */
export async function writeModels(
  folder: OutputFolder,
  models: readonly RepositoryModel[],
): Promise<void> {
  for (const { path, content } of layOutRepository(models)) await folder.write(path, content);
}
