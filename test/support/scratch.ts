/** A folder for one test that is removed when the test ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

export function scratchFolder(context: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(path.join(tmpdir(), "servicemaker-test-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
