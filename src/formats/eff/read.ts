/**
 * Opens an EFF archive (`.riva`, `.rmir`, `.tlt`): gzip around a tar with `manifest.yaml` and one
 * folder a registry. Content is read in place and names are looked up only inside the tar: the
 * original extracts first, and follows links and `..` on the way (docs/formats/eff.md).
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { readAll, type ByteSource } from "../../io/byte-source.ts";
import { openFile } from "../../io/file-source.ts";
import { isGzip } from "../gzip/read.ts";
import { openTar } from "../tar/open.ts";
import type { TarMember } from "../tar/read.ts";
import { checkName, parseManifest, type ManifestArtifact } from "./manifest.ts";
import { MAX_MANIFEST_BYTES } from "./manifest-yaml.ts";
import type { EffMap } from "./value.ts";

export const MANIFEST_NAME = "manifest.yaml";

export interface EffArtifact {
  /** Its folder; `artifacts` unless somebody chose another. */
  readonly registry: string;
  readonly name: string;
  readonly properties: EffMap;
  /** Name of the encryption scheme, or undefined for plain content. */
  readonly encryption: string | undefined;
  /** The content. Reading that of an encrypted artifact fails with UNSUPPORTED. */
  readonly source: ByteSource;
}

export interface EffArchive {
  /** The path, or the name of the source. */
  readonly name: string;
  readonly formatVersion: number;
  readonly metadata: EffMap;
  /** In the order of the manifest. */
  readonly artifacts: readonly EffArtifact[];
  /** Frees what was inflated; the artifacts are of no use afterwards. */
  close(): Promise<void>;
}

/**
 * Opens an archive: a path, or a source that stays the caller's to close.
 * @throws ToolError NOT_FOUND, INVALID_FILE, LIMIT_EXCEEDED
 */
export async function openEff(from: string | ByteSource): Promise<EffArchive> {
  if (typeof from !== "string") return openSource(from);
  const file = await openFile(from);
  try {
    return await openSource(file);
  } finally {
    // everything was inflated into a spool
    await file.close();
  }
}

async function openSource(source: ByteSource): Promise<EffArchive> {
  return withPlace(source.name, async () => {
    if (!(await isGzip(source))) throw notEff(`the file is not gzip-compressed`);
    const tar = await openTar(source);
    try {
      const members = new Map(tar.members.map((member) => [member.name, member]));
      const manifestMember = members.get(MANIFEST_NAME);
      if (manifestMember === undefined) throw notEff(`there is no ${MANIFEST_NAME} in it`);
      const manifest = await withPlace(MANIFEST_NAME, async () =>
        parseManifest(await readAll(manifestMember.source, MAX_MANIFEST_BYTES)),
      );
      for (const name of members.keys()) checkName(name);
      const artifacts = manifest.artifacts.map((entry) => toArtifact(entry, members));
      return { ...manifest, name: source.name, artifacts, close: () => tar.close() };
    } catch (error) {
      await tar.close();
      throw error;
    }
  });
}

function toArtifact(entry: ManifestArtifact, members: ReadonlyMap<string, TarMember>): EffArtifact {
  const member = members.get(entry.member);
  if (member === undefined) {
    throw new ToolError(
      "INVALID_FILE",
      `the manifest lists '${entry.member}', which is not there`,
      {
        hint: "the archive is cut short or was changed by hand; copy, download or make it again",
      },
    );
  }
  const { registry, name, properties, encryption } = entry;
  const source = encryption === undefined ? member.source : lockedSource(member.source, encryption);
  return { registry, name, properties, encryption, source };
}

/** An encrypted artifact: it has a name and a size (the stored one), but cannot be read. */
function lockedSource(stored: ByteSource, encryption: string): ByteSource {
  return {
    name: stored.name,
    sizeBytes: stored.sizeBytes,
    read: async () => {
      throw new ToolError(
        "UNSUPPORTED",
        `'${stored.name}' is encrypted (scheme ${encryption}), which cannot be read`,
        {
          at: stored.name,
          hint:
            "export the model again without a key, or open the archive with your own copy of nvidia-eff " +
            "and its key and save the artifacts with encryption=False",
        },
      );
    },
  };
}

function notEff(what: string): ToolError {
  return new ToolError("INVALID_FILE", `not an EFF archive: ${what}`, {
    hint: "expected a .riva or .rmir file; a .nemo checkpoint is converted by nemo2riva first",
  });
}
