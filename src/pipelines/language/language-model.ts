/** What a language pipeline must know of its model, read from the archive. */
import { withPlace } from "../../errors/tool-error.ts";
import type { EffArtifact } from "../../formats/eff/read.ts";
import { ConfigNode } from "../../formats/nemo/config-node.ts";
import { readArtifactBytes, type RivaArchive } from "../../formats/riva/read.ts";
import { parseYaml } from "../../formats/yaml/read.ts";
import { checkModelClass, findGraph, readModelConfig } from "../archive-model.ts";
import type { LanguageValues } from "./options.ts";
import { artifactName, readTokenizerFiles, type TokenizerFiles } from "./tokenizer-files.ts";

export interface LanguageModel {
  readonly archive: RivaArchive;
  readonly graph: EffArtifact;
  readonly objCls: string;
  readonly config: ConfigNode;
  /** Name of the encoder, fit for a folder: `bert-base-uncased`. */
  readonly baseName: string;
  /** Most tokens of a row, special ones included. */
  readonly maxTokens: number;
  readonly tokenizer: TokenizerFiles;
}

/** What BERT and most of its relatives have. */
const USUAL_POSITIONS = 512;

/** @throws ToolError UNSUPPORTED_ARCHITECTURE, INVALID_FILE, INVALID_CONFIG, UNSUPPORTED */
export async function readLanguageModel(
  archive: RivaArchive,
  values: LanguageValues,
  pipeline: { readonly name: string; readonly classes: readonly string[] },
): Promise<LanguageModel> {
  checkModelClass(archive, pipeline.classes, {
    pipeline: pipeline.name,
    what: `model for ${pipeline.name}`,
    classes: pipeline.classes.join(" or "),
  });
  const graph = findGraph(archive);
  const config = await readModelConfig(archive);
  return withPlace(archive.path, async () => ({
    archive,
    graph,
    objCls: archive.objCls,
    config,
    baseName: baseNameOf(config),
    maxTokens: await positionsOf(archive, config),
    tokenizer: await readTokenizerFiles(archive, config, values),
  }));
}

function baseNameOf(config: ConfigNode): string {
  const name = config.get("language_model.pretrained_model_name").optional()?.string() ?? "bert";
  return name.replace(/[^A-Za-z0-9._-]/g, "-").replace(/^\.+/, "") || "bert";
}

/** RoBERTa counts positions from the one after its padding token. */
async function positionsOf(archive: RivaArchive, config: ConfigNode): Promise<number> {
  const file = artifactName(config.get("language_model.config_file"));
  const isThere = archive.artifacts.some(({ name }) => name === file);
  if (file === undefined || !isThere) return USUAL_POSITIONS;
  const bytes = await readArtifactBytes(archive, file);
  // JSON is YAML too, and the reader of YAML has limits
  const encoder = new ConfigNode(
    withPlace(file, () => parseYaml(bytes)),
    "",
    file,
  );
  const positions = encoder.get("max_position_embeddings").integer({ min: 3 }, USUAL_POSITIONS);
  const isShifted = /roberta|camembert/.test(encoder.get("model_type").string(""));
  const shift = isShifted ? encoder.get("pad_token_id").integer({ min: 0 }, 1) + 1 : 0;
  return positions - shift;
}
