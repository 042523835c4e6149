/** Reading of small artifacts of a checkpoint that a converter needs. */
import type { ConfigNode } from "../formats/nemo/config-node.ts";
import { readAll } from "../io/byte-source.ts";
import type { Checkpoint } from "./architecture.ts";

/** Encoder configurations have a kilobyte, lists of labels seldom more. */
const MAX_ARTIFACT_BYTES = 4 << 20;

/**
 * The file that a configuration value names; undefined if the checkpoint has none.
 * @throws ToolError INVALID_FILE if the value is not a name or the file is missing, LIMIT_EXCEEDED
 */
export async function readArtifact(
  checkpoint: Checkpoint,
  reference: ConfigNode,
  maxBytes: number = MAX_ARTIFACT_BYTES,
): Promise<{ readonly name: string; readonly bytes: Uint8Array } | undefined> {
  const member = checkpoint.artifact(reference);
  if (member === undefined) return undefined;
  return { name: member.name, bytes: await readAll(member.source, maxBytes) };
}

/** Number of lines of a file of labels; undefined if the checkpoint has none. */
export async function countLabels(
  checkpoint: Checkpoint,
  reference: ConfigNode,
): Promise<number | undefined> {
  const file = await readArtifact(checkpoint, reference);
  if (file === undefined) return undefined;
  return new TextDecoder().decode(file.bytes).trimEnd().split("\n").length;
}
