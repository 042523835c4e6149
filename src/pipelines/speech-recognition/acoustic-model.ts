/**
 * What a recognition pipeline must know of its acoustic model, read from the archive's
 * `model_config.yaml`: nothing here has to be given as an option.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { EffArtifact } from "../../formats/eff/read.ts";
import { normaliseConfig } from "../../formats/nemo/config.ts";
import { ConfigNode } from "../../formats/nemo/config-node.ts";
import type { JsonObject } from "../../formats/rmir/description.ts";
import { readArtifactBytes, readArtifactText, type RivaArchive } from "../../formats/riva/read.ts";
import { parseYaml } from "../../formats/yaml/read.ts";
import { isConfigMap, toPlainObject } from "../../formats/yaml/value.ts";

export interface AcousticModel {
  readonly graph: EffArtifact;
  readonly objCls: string;
  /** `quartznet`, `citrinet`, `jasper`, `conformer`, `fastconformer`, `squeezeformer`, `ctc`. */
  readonly family: string;
  readonly sampleRateHz: number;
  readonly mels: number;
  /** Milliseconds between two outputs; undefined for an encoder that is not known here. */
  readonly msPerTimestep: number | undefined;
  /** Milliseconds between two frames of features. */
  readonly hopMs: number;
  /** Tokens in the order of their ids, without the blank, which comes after them. */
  readonly vocabulary: readonly string[];
  /** Tokens are parts of words rather than characters. */
  readonly isSubword: boolean;
  /** The preprocessor's section of the config, for the featurizer. */
  readonly preprocessor: JsonObject;
  /** Version of NeMo that saved the checkpoint, if it says so: it decides the padding. */
  readonly nemoVersion: string | undefined;
}

const CTC_CLASSES = ["EncDecCTCModel", "EncDecCTCModelBPE"];
const HYBRID_CLASSES = ["EncDecHybridRNNTCTCModel", "EncDecHybridRNNTCTCBPEModel"];

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

/** @throws ToolError UNSUPPORTED_ARCHITECTURE, INVALID_FILE, INVALID_CONFIG, UNSUPPORTED (encrypted) */
export async function readAcousticModel(archive: RivaArchive): Promise<AcousticModel> {
  checkClass(archive);
  const graph = findGraph(archive);
  const bytes = await readArtifactBytes(archive, CONFIG_NAME);
  return withPlace(archive.path, async () => {
    const config = readConfig(bytes);
    const preprocessor = config.get("preprocessor");
    return {
      graph,
      objCls: archive.objCls,
      family: familyOf(config),
      sampleRateHz: preprocessor.get("sample_rate").positiveInteger(),
      mels: preprocessor.get("features").positiveInteger(),
      msPerTimestep: timestepOf(config),
      hopMs: hopOf(config),
      vocabulary: await readVocabulary(archive, config),
      isSubword: archive.className.includes("BPE"),
      preprocessor: toPlainObject(preprocessor.value ?? null) as JsonObject,
      nemoVersion: config.get("nemo_version").optional()?.string(),
    };
  });
}

function readConfig(bytes: Uint8Array): ConfigNode {
  const document = withPlace(CONFIG_NAME, () => parseYaml(bytes));
  return new ConfigNode(isConfigMap(document) ? normaliseConfig(document) : document);
}

function checkClass({ className, path }: RivaArchive): void {
  if (CTC_CLASSES.includes(className) || HYBRID_CLASSES.includes(className)) return;
  const other = PIPELINE_OF_CLASS[className];
  const fitting = `speech_recognition takes ${CTC_CLASSES.join(" or ")}`;
  throw new ToolError(
    "UNSUPPORTED_ARCHITECTURE",
    `the archive holds a ${className}, which is no CTC speech recognition model`,
    {
      at: path,
      hint: other === undefined ? fitting : `${fitting}; for this archive: riva-build ${other}`,
    },
  );
}

function findGraph(archive: RivaArchive): EffArtifact {
  const graphs = archive.artifacts.filter(({ properties }) => properties.get("onnx") === true);
  const [graph] = graphs;
  if (graph !== undefined && graphs.length === 1) return graph;
  const found = graphs.length === 0 ? (archive.runtime ?? "no model") : `${graphs.length} graphs`;
  throw new ToolError("UNSUPPORTED", `expected one ONNX graph in the archive, found ${found}`, {
    at: archive.path,
    hint: "export the model as one graph: nemo2riva --format onnx --out model.riva model.nemo",
  });
}

/** From `decoder.vocabulary` (or the CTC head of a hybrid), else the tokenizer's word pieces. */
async function readVocabulary(
  archive: RivaArchive,
  config: ConfigNode,
): Promise<readonly string[]> {
  const file = config
    .get("tokenizer.vocab_path")
    .optional()
    ?.string()
    .replace(/^nemo:/, "");
  // The list that NeMo writes for word pieces is in no reliable order; the file's lines are.
  if (config.get("tokenizer.type").value === "wpe" && file !== undefined) {
    const lines = (await readArtifactText(archive, file)).split(/\r?\n/);
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  }
  const places = ["aux_ctc.decoder.vocabulary", "decoder.vocabulary", "labels"];
  const listed = places.map((place) => config.get(place)).find((node) => node.isPresent);
  const node = listed ?? config.get("decoder.vocabulary");
  const tokens = node.strings();
  if (tokens.length === 0 || tokens.some((token) => /[\r\n]/.test(token))) {
    throw node.unexpected("a list of tokens, each on one line");
  }
  return tokens;
}

function encoderClass(config: ConfigNode): string {
  const target = config.get("encoder._target_").optional()?.string() ?? "";
  return target.split(".").at(-1) ?? "";
}

function familyOf(config: ConfigNode): string {
  switch (encoderClass(config)) {
    case "ConvASREncoder": {
      const blocks = config.get("encoder.jasper").items();
      if (blocks.some((block) => block.get("se").boolean(false))) return "citrinet";
      return blocks.some((block) => block.get("separable").boolean(false)) ? "quartznet" : "jasper";
    }
    case "ConformerEncoder": {
      const isFast = config.get("encoder.subsampling").value === "dw_striding";
      return isFast ? "fastconformer" : "conformer";
    }
    case "SqueezeformerEncoder":
      return "squeezeformer";
    default:
      return "ctc";
  }
}

function hopOf(config: ConfigNode): number {
  return milliseconds(config.get("preprocessor.window_stride").number());
}

function timestepOf(config: ConfigNode): number | undefined {
  const factor = subsamplingOf(config);
  return factor === undefined ? undefined : milliseconds((hopOf(config) * factor) / 1000);
}

/** Without the digits that binary fractions add. */
const milliseconds = (seconds: number): number => Number((seconds * 1000).toFixed(3));

function subsamplingOf(config: ConfigNode): number | undefined {
  const encoder = config.get("encoder");
  switch (encoderClass(config)) {
    case "ConvASREncoder":
      return encoder
        .get("jasper")
        .items()
        .reduce((product, block) => product * strideOf(block), 1);
    case "ConformerEncoder":
    case "SqueezeformerEncoder": {
      const isReduced = encoder.get("reduction").isPresent;
      const reduction = isReduced ? encoder.get("reduction_factor").positiveInteger(1) : 1;
      return encoder.get("subsampling_factor").positiveInteger(4) * reduction;
    }
    default:
      return undefined;
  }
}

/** A block repeats its stride with every repetition, unless only the last one strides. */
function strideOf(block: ConfigNode): number {
  const stride = block.get("stride").isPresent ? (block.get("stride").integers()[0] ?? 1) : 1;
  const isLastOnly = block.get("stride_last").boolean(false);
  return stride ** (isLastOnly ? 1 : block.get("repeat").positiveInteger(1));
}
