/** What every pipeline reads of a model archive: its class, its config and its one graph. */
import { ToolError, withPlace } from "../errors/tool-error.ts";
import type { EffArtifact } from "../formats/eff/read.ts";
import { normaliseConfig } from "../formats/nemo/config.ts";
import { ConfigNode } from "../formats/nemo/config-node.ts";
import { readArtifactBytes, type RivaArchive } from "../formats/riva/read.ts";
import { parseYaml } from "../formats/yaml/read.ts";
import { isConfigMap } from "../formats/yaml/value.ts";

/** Classes that belong to another pipeline, to name it. */
const PIPELINE_OF_CLASS: Readonly<Record<string, string>> = {
  FastPitchModel: "speech_synthesis",
  HifiGanModel: "speech_synthesis",
  QAModel: "qa",
  TokenClassificationModel: "token_classification",
  IntentSlotClassificationModel: "intent_slot",
  TextClassificationModel: "text_classification",
  PunctuationCapitalizationModel: "punctuation",
  MTEncDecModel: "translation",
};

const CONFIG_NAME = "model_config.yaml";

/** For the error: whose model it is, what it should be, which classes that are. */
export interface WantedModel {
  readonly pipeline: string;
  readonly what: string;
  readonly classes: string;
}

/** @throws ToolError UNSUPPORTED_ARCHITECTURE that names the pipeline for what is there */
export function checkModelClass(
  { className, path }: RivaArchive,
  accepted: readonly string[],
  wanted: WantedModel,
): void {
  if (accepted.includes(className)) return;
  const other = PIPELINE_OF_CLASS[className];
  const fitting = `${wanted.pipeline} takes ${wanted.classes}`;
  const isElsewhere = other !== undefined && other !== wanted.pipeline;
  throw new ToolError(
    "UNSUPPORTED_ARCHITECTURE",
    `the archive holds a ${className}, which is no ${wanted.what}`,
    {
      at: path,
      hint: isElsewhere ? `${fitting}; for this archive: riva-build ${other}` : fitting,
    },
  );
}

/** @throws ToolError INVALID_FILE, INVALID_CONFIG, UNSUPPORTED (encrypted) */
export async function readModelConfig(archive: RivaArchive): Promise<ConfigNode> {
  const bytes = await readArtifactBytes(archive, CONFIG_NAME);
  return withPlace(archive.path, () => {
    const document = withPlace(CONFIG_NAME, () => parseYaml(bytes));
    return new ConfigNode(isConfigMap(document) ? normaliseConfig(document) : document);
  });
}

/** @throws ToolError UNSUPPORTED without a graph, or with several */
export function findGraph(archive: RivaArchive): EffArtifact {
  const graphs = archive.artifacts.filter(({ properties }) => properties.get("onnx") === true);
  const [graph] = graphs;
  if (graph !== undefined && graphs.length === 1) return graph;
  const found = graphs.length === 0 ? (archive.runtime ?? "no model") : `${graphs.length} graphs`;
  throw new ToolError("UNSUPPORTED", `expected one ONNX graph in the archive, found ${found}`, {
    at: archive.path,
    hint: "export the model as one graph: nemo2riva --format onnx --out model.riva model.nemo",
  });
}
