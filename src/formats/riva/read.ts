/** Opens a `.riva` archive: what class of model it holds, its config, its graph, its files. */
import { isToolError, ToolError, withPlace } from "../../errors/tool-error.ts";
import { readAll } from "../../io/byte-source.ts";
import { archiveKind, RMIR_VERSION_KEY } from "../archive-kind.ts";
import { openEff, type EffArchive, type EffArtifact } from "../eff/read.ts";
import { textOf, type EffMap } from "../eff/value.ts";

export interface RivaArchive {
  /** The path it was opened by. */
  readonly path: string;
  /** Python path of the model's class, with or without the module below `models`. */
  readonly objCls: string;
  /** The last part of it: `EncDecCTCModelBPE`. */
  readonly className: string;
  /** `ONNX`, `TorchScript`, `PyTorch` or `Python`; undefined if not noted. */
  readonly runtime: string | undefined;
  readonly metadata: EffMap;
  readonly artifacts: readonly EffArtifact[];
  close(): Promise<void>;
}

/** A config has some kilobytes, with a vocabulary of 128 000 tokens some megabytes. */
const MAX_TEXT_BYTES = 64 << 20;

/**
 * Opens the archive.
 * @throws ToolError NOT_FOUND, INVALID_FILE, LIMIT_EXCEEDED
 */
export async function openRiva(path: string): Promise<RivaArchive> {
  const archive = await openAsEff(path);
  const objCls = textOf(archive.metadata, "obj_cls");
  if (archive.metadata.has(RMIR_VERSION_KEY)) {
    await archive.close();
    throw notRiva(path, "the file is an RMIR, expected a .riva archive", "riva-deploy takes it");
  }
  if (objCls === undefined) {
    await archive.close();
    throw notRiva(
      path,
      "the archive does not say which class of model it holds (obj_cls)",
      "make it again with nemo2riva",
    );
  }
  return {
    path,
    objCls,
    className: objCls.split(".").at(-1) as string,
    runtime: textOf(archive.metadata, "runtime"),
    metadata: archive.metadata,
    artifacts: archive.artifacts,
    close: () => archive.close(),
  };
}

async function openAsEff(path: string): Promise<EffArchive> {
  try {
    return await openEff(path);
  } catch (error) {
    if (isToolError(error, "INVALID_FILE") && (await archiveKind(path)) === "nemo") {
      throw notRiva(
        path,
        "the file is a .nemo checkpoint, expected a .riva archive",
        `convert it first: nemo2riva --out model.riva ${path}`,
      );
    }
    throw error;
  }
}

/**
 * The artifact of that name.
 * @throws ToolError INVALID_FILE that lists what is there
 */
export function findArtifact(archive: RivaArchive, name: string): EffArtifact {
  const found = archive.artifacts.find((artifact) => artifact.name === name);
  if (found !== undefined) return found;
  const names = archive.artifacts.map((artifact) => artifact.name).join(", ");
  throw new ToolError("INVALID_FILE", `the archive has no '${name}'`, {
    at: archive.path,
    hint: `it holds: ${names === "" ? "nothing" : names}; make it again with nemo2riva`,
  });
}

/** A small artifact. @throws ToolError INVALID_FILE, LIMIT_EXCEEDED, UNSUPPORTED (encrypted) */
export async function readArtifactBytes(archive: RivaArchive, name: string): Promise<Uint8Array> {
  const { source } = findArtifact(archive, name);
  return withPlace(archive.path, () => readAll(source, MAX_TEXT_BYTES));
}

/** A small artifact as UTF-8 text; errors as of `readArtifactBytes`. */
export async function readArtifactText(archive: RivaArchive, name: string): Promise<string> {
  return new TextDecoder().decode(await readArtifactBytes(archive, name));
}

function notRiva(path: string, message: string, hint: string): ToolError {
  return new ToolError("INVALID_FILE", message, { at: path, hint });
}
