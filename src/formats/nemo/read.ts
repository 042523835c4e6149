/**
 * Opens a `.nemo` checkpoint as data: a tar (plain, or gzip up to NeMo 1.6) of
 * `model_config.yaml`, `model_weights.ckpt` and artifacts. Nothing is extracted or executed, and
 * weights are read only when a graph is written.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { readAll, type ByteSource } from "../../io/byte-source.ts";
import { openFile } from "../../io/file-source.ts";
import { entryKind } from "../../io/folder.ts";
import type { StateDict } from "../../tensor/tensor-view.ts";
import { isGzip } from "../gzip/read.ts";
import { openTar } from "../tar/open.ts";
import type { TarMember } from "../tar/read.ts";
import { readStateDict } from "../torch/read.ts";
import { MAX_YAML_BYTES, parseYaml } from "../yaml/read.ts";
import { isConfigMap } from "../yaml/value.ts";
import { ConfigNode } from "./config-node.ts";
import { normaliseConfig } from "./config.ts";
import { refuseForeignArchive, refuseForeignFile } from "./detect.ts";

export const NEMO_CONFIG_NAME = "model_config.yaml";
export const NEMO_WEIGHTS_NAME = "model_weights.ckpt";

export interface NemoCheckpoint {
  /** The path, or the name of the source. */
  readonly name: string;
  /** The model's class as the checkpoint names it, `nemo.collections.asr.models.….EncDecCTCModel`. */
  readonly target: string;
  /** The normalised configuration. */
  readonly config: ConfigNode;
  /** `model_config.yaml` verbatim. */
  readonly configText: string;
  /** Only checkpoints of NeMo 1.7 and later have it. */
  readonly nemoVersion: string | undefined;
  /** All files, in the order of the archive; names without `./`. */
  readonly members: readonly TarMember[];
  /** Names, shapes and places of the weights. */
  weights(): Promise<StateDict>;
  /**
   * The file that a configuration value names: `nemo:<member>`, or any path whose last part is a
   * member (before 1.0 the training path stayed there). Undefined for an absent or null value.
   * @throws ToolError INVALID_FILE if a `nemo:` member is missing
   */
  artifact(configValue: ConfigNode | string | null | undefined): TarMember | undefined;
  /** Closes the file and what was inflated; weights and artifacts are of no use afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a checkpoint: a path, or a source that stays the caller's to close.
 * @throws ToolError NOT_FOUND, INVALID_FILE, INVALID_CONFIG, UNSUPPORTED, LIMIT_EXCEEDED
 */
export async function openNemo(from: string | ByteSource): Promise<NemoCheckpoint> {
  if (typeof from !== "string") return openSource(from, async () => {});
  if ((await entryKind(from)) === "folder") throw isFolder(from);
  const file = await openFile(from);
  return openSource(file, () => file.close());
}

async function openSource(
  source: ByteSource,
  closeSource: () => Promise<void>,
): Promise<NemoCheckpoint> {
  const closers = [closeSource];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0)) await closer();
  };
  try {
    return await withPlace(source.name, async () => {
      if (!(await isGzip(source))) await refuseForeignFile(source);
      const tar = await openTar(source);
      closers.unshift(() => tar.close());
      return await readCheckpoint(source.name, tar.members, close);
    });
  } catch (error) {
    await close();
    throw error;
  }
}

async function readCheckpoint(
  name: string,
  members: readonly TarMember[],
  close: () => Promise<void>,
): Promise<NemoCheckpoint> {
  refuseForeignArchive(members.map((member) => member.name));
  const byName = new Map(members.map((member) => [member.name, member]));
  const configFile = memberOf(byName, NEMO_CONFIG_NAME);
  const configBytes = await readAll(configFile.source, MAX_YAML_BYTES);
  const config = withPlace(NEMO_CONFIG_NAME, () => parseConfig(configBytes));
  return {
    name,
    target: config.get("target").string(),
    config,
    configText: new TextDecoder().decode(configBytes),
    nemoVersion: config.get("nemo_version").optional()?.string(),
    members,
    weights: () =>
      withPlace(name, async () => readStateDict(memberOf(byName, NEMO_WEIGHTS_NAME).source)),
    artifact: (value) => withPlace(name, () => findArtifact(byName, value)),
    close,
  };
}

function parseConfig(bytes: Uint8Array): ConfigNode {
  const document = parseYaml(bytes);
  if (!isConfigMap(document)) {
    throw new ToolError(
      "INVALID_CONFIG",
      "expected a map of options, got another kind of document",
      {
        hint: "the checkpoint is damaged; save it again with NeMo's save_to()",
      },
    );
  }
  return new ConfigNode(normaliseConfig(document));
}

function memberOf(byName: ReadonlyMap<string, TarMember>, name: string): TarMember {
  const member = byName.get(name);
  if (member !== undefined) return member;
  throw new ToolError("INVALID_FILE", `the archive has no ${name}`, {
    hint: "the checkpoint is incomplete; save it again with NeMo's save_to()",
  });
}

function findArtifact(
  byName: ReadonlyMap<string, TarMember>,
  reference: ConfigNode | string | null | undefined,
): TarMember | undefined {
  const value = reference instanceof ConfigNode ? reference.optional()?.string() : reference;
  if (value === undefined || value === null || value === "") return undefined;
  if (!value.startsWith("nemo:")) return byName.get(value.slice(value.lastIndexOf("/") + 1));
  return memberOf(byName, value.slice("nemo:".length).replace(/^(\.\/)+/, ""));
}

function isFolder(path: string): ToolError {
  return new ToolError("INVALID_FILE", "expected a .nemo checkpoint, got a folder", {
    at: path,
    hint: `if it is an unpacked checkpoint, pack it: tar -cf model.nemo -C ${path} .`,
  });
}
