/**
 * What a recognition pipeline must know of its acoustic model, read from the archive's
 * `model_config.yaml`: nothing here has to be given as an option.
 */
import { withPlace } from "../../errors/tool-error.ts";
import type { EffArtifact } from "../../formats/eff/read.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import { FEATURIZER_NAME, readFeaturizer } from "../../formats/riva/featurizer.ts";
import type { JsonObject } from "../../formats/rmir/description.ts";
import { readArtifactText, type RivaArchive } from "../../formats/riva/read.ts";
import { toPlainObject } from "../../formats/yaml/value.ts";
import { checkModelClass, findGraph, readModelConfig, type WantedModel } from "../archive-model.ts";
import { constantsToJson } from "./featurizer-constants.ts";

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
const CTC: WantedModel = {
  pipeline: "speech_recognition",
  what: "CTC speech recognition model",
  classes: CTC_CLASSES.join(" or "),
};
const HYBRID_CLASSES = ["EncDecHybridRNNTCTCModel", "EncDecHybridRNNTCTCBPEModel"];

/** @throws ToolError UNSUPPORTED_ARCHITECTURE, INVALID_FILE, INVALID_CONFIG, UNSUPPORTED (encrypted) */
export async function readAcousticModel(archive: RivaArchive): Promise<AcousticModel> {
  checkModelClass(archive, [...CTC_CLASSES, ...HYBRID_CLASSES], CTC);
  const graph = findGraph(archive);
  const config = await readModelConfig(archive);
  return withPlace(archive.path, async () => {
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
      preprocessor: {
        ...(toPlainObject(preprocessor.value ?? null) as JsonObject),
        ...(await readConstants(archive)),
      },
      nemoVersion: config.get("nemo_version").optional()?.string(),
    };
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

/** Window and filterbank of the checkpoint, where it has others than its config implies. */
async function readConstants(archive: RivaArchive): Promise<JsonObject> {
  const artifact = archive.artifacts.find(({ name }) => name === FEATURIZER_NAME);
  if (artifact === undefined) return {};
  return { constants: constantsToJson(await readFeaturizer(artifact.source)) };
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
