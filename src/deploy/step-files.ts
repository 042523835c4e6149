/** The two files that every step model in a repository has: the bundle of all steps, and its runner. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ToolError } from "../errors/tool-error.ts";
import { entryKind, readFileBytes } from "../io/folder.ts";
import type { StepFiles } from "../pipelines/planned-model.ts";

const NAMES = ["bundle.js", "model.py"] as const;
/** The bundle has some hundred kilobytes. */
const MAX_BYTES = 64 << 20;

/**
 * Reads them from `dist/steps` of this package, or from `folder`.
 * @throws ToolError UNAVAILABLE if the package was not built
 */
export async function readStepFiles(folder?: string): Promise<StepFiles> {
  const place = folder ?? path.join(await packageRoot(), "dist", "steps");
  const entries: [string, Uint8Array][] = [];
  for (const name of NAMES) {
    const file = path.join(place, name);
    if ((await entryKind(file)) !== "file") {
      throw new ToolError("UNAVAILABLE", `the built steps are missing (${name})`, {
        at: file,
        hint: "run: npm run build",
      });
    }
    entries.push([name, await readFileBytes(file, MAX_BYTES)]);
  }
  return Object.fromEntries(entries);
}

/** The folder with our package.json, whether this runs from `src`, `build` or `dist`. */
async function packageRoot(): Promise<string> {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while ((await entryKind(path.join(folder, "package.json"))) !== "file") {
    const parent = path.dirname(folder);
    if (parent === folder) {
      throw new ToolError("UNAVAILABLE", "the package of this program cannot be found", {
        hint: "install it again",
      });
    }
    folder = parent;
  }
  return folder;
}
