/**
 * What a synthesis pipeline must know of its acoustic model, read from the archive's
 * `model_config.yaml`: nothing here has to be given as an option.
 */
import { withPlace } from "../../errors/tool-error.ts";
import type { EffArtifact } from "../../formats/eff/read.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import type { JsonObject } from "../../formats/rmir/description.ts";
import type { RivaArchive } from "../../formats/riva/read.ts";
import { toPlainObject } from "../../formats/yaml/value.ts";
import { checkModelClass, findGraph, readModelConfig } from "../archive-model.ts";
import { type MelSettings, parseMelSettings } from "./mel-settings.ts";

export interface SpectrogramModel {
  readonly archive: RivaArchive;
  readonly graph: EffArtifact;
  readonly mels: MelSettings;
  readonly speakers: number;
  /** Hz; 0 if the config does not say: a pitch in Hz has no effect then. */
  readonly pitchDeviationHz: number;
  /** The config's `text_tokenizer`. */
  readonly textTokenizer: JsonObject;
  /** Files of the archive that the tokenizer needs. */
  readonly dictionary: string | undefined;
  readonly heteronyms: string | undefined;
  /** True if the archive has a `mapping.txt`. */
  readonly hasMapping: boolean;
}

export const MAPPING_NAME = "mapping.txt";

/** @throws ToolError UNSUPPORTED_ARCHITECTURE, INVALID_FILE, INVALID_CONFIG, UNSUPPORTED (encrypted) */
export async function readSpectrogramModel(archive: RivaArchive): Promise<SpectrogramModel> {
  checkModelClass(archive, ["FastPitchModel"], {
    pipeline: "speech_synthesis",
    what: "spectrogram model",
    classes: "a FastPitchModel and then a HifiGanModel",
  });
  const graph = findGraph(archive);
  const config = await readModelConfig(archive);
  return withPlace(archive.path, () => {
    const tokenizer = config.get("text_tokenizer");
    if (!tokenizer.isPresent) throw tokenizer.unexpected("the tokenizer of the voice");
    const file = (node: ConfigNode): string | undefined =>
      node
        .optional()
        ?.string()
        .replace(/^nemo:/, "");
    return {
      archive,
      graph,
      mels: parseMelSettings(config.get("preprocessor")),
      speakers: Math.max(1, config.get("n_speakers").optional()?.integer({ min: 0 }) ?? 1),
      pitchDeviationHz: pitchDeviation(config),
      textTokenizer: toPlainObject(tokenizer.value ?? null) as JsonObject,
      dictionary: file(tokenizer.get("g2p.phoneme_dict")),
      heteronyms: file(tokenizer.get("g2p.heteronyms")),
      hasMapping: archive.artifacts.some(({ name }) => name === MAPPING_NAME),
    };
  });
}

function pitchDeviation(config: ConfigNode): number {
  const places = ["pitch_std", "train_ds.dataset.pitch_std"];
  const node = places.map((place) => config.get(place)).find(({ isPresent }) => isPresent);
  const deviation = node?.number() ?? 0;
  if (node !== undefined && deviation < 0) throw node.unexpected("a number of at least 0");
  return deviation;
}
