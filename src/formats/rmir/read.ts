/** Opens an RMIR: the pipeline's description and the files it names. */
import { isToolError, ToolError, withPlace } from "../../errors/tool-error.ts";
import { readAll, type ByteSource } from "../../io/byte-source.ts";
import { archiveKind, RMIR_VERSION_KEY } from "../archive-kind.ts";
import { printFlow } from "../eff/manifest-yaml.ts";
import { openEff, type EffArchive } from "../eff/read.ts";
import { textOf } from "../eff/value.ts";
import { parseDescription, RMIR_VERSION, type RmirDescription } from "./description.ts";
import { DESCRIPTION_NAME } from "./write.ts";

export interface RmirArchive {
  /** The path it was opened by. */
  readonly path: string;
  readonly description: RmirDescription;
  /** Content by the names that the description uses; all of them are there. */
  readonly files: ReadonlyMap<string, ByteSource>;
  close(): Promise<void>;
}

/** Names and numbers; vocabularies are files of their own. */
const MAX_DESCRIPTION_BYTES = 4 << 20;

/** @throws ToolError NOT_FOUND, INVALID_FILE, UNSUPPORTED (another version, encrypted) */
export async function openRmir(path: string): Promise<RmirArchive> {
  const archive = await openAsEff(path);
  try {
    return await withPlace(path, () => read(path, archive));
  } catch (error) {
    await archive.close();
    throw error;
  }
}

async function read(path: string, archive: EffArchive): Promise<RmirArchive> {
  checkVersion(archive);
  const files = new Map(archive.artifacts.map(({ name, source }) => [name, source]));
  const encrypted = archive.artifacts.find(({ encryption }) => encryption !== undefined);
  if (encrypted !== undefined) await encrypted.source.read(0, 0);
  const text = files.get(DESCRIPTION_NAME);
  if (text === undefined) throw damaged(`the archive has no ${DESCRIPTION_NAME}`);
  const description = await withPlace(DESCRIPTION_NAME, async () =>
    parseDescription(new TextDecoder().decode(await readAll(text, MAX_DESCRIPTION_BYTES))),
  );
  for (const component of description.components) {
    const missing = Object.values(component.files).find((name) => !files.has(name));
    if (missing !== undefined) throw damaged(`component ${component.name} lacks '${missing}'`);
  }
  return { path, description, files, close: () => archive.close() };
}

function checkVersion({ metadata }: EffArchive): void {
  const version = metadata.get(RMIR_VERSION_KEY);
  if (version === RMIR_VERSION) return;
  if (version !== undefined) {
    throw new ToolError(
      "UNSUPPORTED",
      `the RMIR has layout version ${printFlow(version)}, this version reads ${RMIR_VERSION}`,
      { hint: "build it again with the riva-build of this version" },
    );
  }
  const objCls = textOf(metadata, "obj_cls");
  if (objCls !== undefined) {
    throw new ToolError(
      "INVALID_FILE",
      `the file is a .riva archive (${objCls}), expected an RMIR`,
      {
        hint: "build an RMIR first: riva-build <pipeline> out.rmir model.riva",
      },
    );
  }
  throw new ToolError("UNSUPPORTED", "the archive is no RMIR of this project", {
    hint: "the layout of NVIDIA's own RMIR files is not public; build one from the .riva archive with riva-build",
  });
}

async function openAsEff(path: string): Promise<EffArchive> {
  try {
    return await openEff(path);
  } catch (error) {
    if (isToolError(error, "INVALID_FILE") && (await archiveKind(path)) === "nemo") {
      throw new ToolError("INVALID_FILE", "the file is a .nemo checkpoint, expected an RMIR", {
        at: path,
        hint: "convert it with nemo2riva, then build an RMIR with riva-build",
      });
    }
    throw error;
  }
}

function damaged(message: string): ToolError {
  return new ToolError("INVALID_FILE", message, {
    hint: "the file is damaged or was changed by hand; build it again with riva-build",
  });
}
