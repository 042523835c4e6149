/**
 * The settings of a built recognition pipeline as the RMIR stores them, spelled as in the options
 * and in `config.pbtxt`. `build.ts` makes them, `models.ts` reads them back.
 */
import type { RmirDescription } from "../../formats/rmir/description.ts";
import { Parameters } from "../rmir-parameters.ts";

export const PIPELINE_NAME = "speech_recognition";

/** Component names, in the order of the original's build log. */
export const COMPONENT = {
  acousticModel: "nn",
  featurizer: "featurizer",
  audioWindow: "audio_window",
  decoder: "lm_decoder",
  endpointing: "endpointing",
} as const;

export const VOCABULARY_FILE = "riva_decoder_vocabulary.txt";

/** Parameters of the whole pipeline; they become those of the ensemble. */
export interface PipelineSettings {
  readonly language_code: string;
  /** `online` or `offline`: for which call of the service it is. */
  readonly type: string;
  readonly sample_rate: number;
  readonly streaming: boolean;
  readonly chunk_size: number;
  readonly left_padding_size: number;
  readonly right_padding_size: number;
  readonly ms_per_timestep: number;
  readonly decoder_type: string;
  readonly model_family: string;
}

/** @throws ToolError INVALID_FILE */
export function parsePipelineSettings(description: RmirDescription): PipelineSettings {
  const parameters = new Parameters(description.parameters, "parameters");
  return {
    language_code: parameters.text("language_code"),
    type: parameters.text("type"),
    sample_rate: parameters.number("sample_rate"),
    streaming: parameters.boolean("streaming"),
    chunk_size: parameters.number("chunk_size"),
    left_padding_size: parameters.number("left_padding_size"),
    right_padding_size: parameters.number("right_padding_size"),
    ms_per_timestep: parameters.number("ms_per_timestep"),
    decoder_type: parameters.text("decoder_type"),
    model_family: parameters.text("model_family"),
  };
}
