/** The labels of a model's classes, in the order of the classes. */
import { ToolError } from "../../errors/tool-error.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import { readArtifactText, type RivaArchive } from "../../formats/riva/read.ts";
import { isConfigMap } from "../../formats/yaml/value.ts";
import { artifactName } from "./tokenizer-files.ts";

export interface LabelPlaces {
  /** Lists of labels, or maps from label to class, in the configuration. */
  readonly config: readonly string[];
  /** Where the configuration names the file with a label a line. */
  readonly file: string;
}

/**
 * The labels; undefined if the model has none.
 * @throws ToolError INVALID_FILE, INVALID_CONFIG
 */
export async function findLabels(
  archive: RivaArchive,
  config: ConfigNode,
  places: LabelPlaces,
): Promise<readonly string[] | undefined> {
  const node = places.config.map((place) => config.get(place)).find((place) => place.isPresent);
  const labels = node === undefined ? await fileLabels(archive, config, places) : listed(node);
  const wrong = labels?.find((label) => label === "" || /[\r\n]/.test(label));
  if (wrong === undefined) return labels;
  throw new ToolError("INVALID_CONFIG", "a label is empty or has several lines", {
    at: [archive.path, node?.path ?? places.file],
    hint: "mend the labels in the checkpoint and convert it again",
  });
}

/** As `findLabels`, for models that cannot do without. */
export async function readLabels(
  archive: RivaArchive,
  config: ConfigNode,
  places: LabelPlaces,
): Promise<readonly string[]> {
  const labels = await findLabels(archive, config, places);
  if (labels !== undefined) return labels;
  throw new ToolError("INVALID_FILE", `the archive has no labels (${places.file})`, {
    at: archive.path,
    hint: "save the checkpoint with NeMo's save_to(), which stores them, and convert it again",
  });
}

async function fileLabels(
  archive: RivaArchive,
  config: ConfigNode,
  { file }: LabelPlaces,
): Promise<readonly string[] | undefined> {
  const name = artifactName(config.get(file));
  if (name === undefined) return undefined;
  const lines = (await readArtifactText(archive, name)).split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function listed(node: ConfigNode): readonly string[] {
  if (!isConfigMap(node.value)) return node.strings();
  const entries = node.entries().map(([label, id]) => [label, id.integer({ min: 0 })] as const);
  const labels = [...entries].sort(([, a], [, b]) => a - b);
  if (labels.every(([, id], i) => id === i)) return labels.map(([label]) => label);
  throw node.unexpected("a class for each label, counted from 0");
}
