/**
 * Which of our archives a file is. Every tool takes one kind; given another, it names the tool
 * that takes it.
 */
import { isToolError } from "../errors/tool-error.ts";
import { openFile } from "../io/file-source.ts";
import { openEff } from "./eff/read.ts";
import { openTar } from "./tar/open.ts";

/** `eff`: an EFF archive of somebody else (TAO, NVIDIA's own riva-build). */
export type ArchiveKind = "riva" | "rmir" | "nemo" | "eff" | "other";

/** Metadata key that only RMIR files of this project have. */
export const RMIR_VERSION_KEY = "rmir_version";

/** @throws ToolError NOT_FOUND, NO_PERMISSION; a damaged file is `other` */
export async function archiveKind(path: string): Promise<ArchiveKind> {
  return (await effKind(path)) ?? ((await isCheckpoint(path)) ? "nemo" : "other");
}

async function effKind(path: string): Promise<ArchiveKind | undefined> {
  try {
    const archive = await openEff(path);
    await archive.close();
    if (archive.metadata.has(RMIR_VERSION_KEY)) return "rmir";
    return archive.metadata.has("obj_cls") ? "riva" : "eff";
  } catch (error) {
    if (isContentError(error)) return undefined;
    throw error;
  }
}

async function isCheckpoint(path: string): Promise<boolean> {
  const file = await openFile(path);
  try {
    const tar = await openTar(file);
    await tar.close();
    return tar.members.some(({ name }) => name.split("/").at(-1) === "model_config.yaml");
  } catch (error) {
    if (isContentError(error)) return false;
    throw error;
  } finally {
    await file.close();
  }
}

function isContentError(error: unknown): boolean {
  return (
    isToolError(error, "INVALID_FILE") ||
    isToolError(error, "LIMIT_EXCEEDED") ||
    isToolError(error, "UNSUPPORTED")
  );
}
