/** Where things are, whether the tests run from TypeScript or from `build/`. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(folder: string): string {
  if (existsSync(path.join(folder, "package.json"))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error("bug: no package.json above the tests");
  return findRoot(parent);
}

export const projectRoot = findRoot(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Test data that may not be copied into the project lies in `../shared` where the project is
 * developed and in CI; elsewhere the tests over it skip.
 */
const shared = path.resolve(projectRoot, "../shared");
export const sharedRoot: string | undefined = existsSync(path.join(shared, "README.md"))
  ? shared
  : undefined;
export const skipWithoutShared: string | false =
  sharedRoot === undefined ? "needs the shared test data beside the checkout" : false;
