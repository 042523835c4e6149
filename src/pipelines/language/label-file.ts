/** Labels as a file beside a step. */
import type { StepFile } from "./components.ts";

/** One label a line, in the order of the classes. */
export function labelFile(name: string, labels: readonly string[]): StepFile {
  return { name, bytes: Buffer.from(`${labels.join("\n")}\n`) };
}
