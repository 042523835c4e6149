/**
 * Every option of `riva-build speech_synthesis` that is known from public material, under the names
 * of the original. Which ones change nothing or are refused is in `option-effects.ts`.
 */
import { defineOptions, type OptionValues } from "../../options/option.ts";

const general = defineOptions({
  voice_name: {
    type: "string",
    default: "English-US.Female-1",
    doc: "Voice that clients ask for, and the end of its model folders' names",
  },
  language_code: {
    type: "string",
    default: "en-US",
    doc: "Language that requests select the voice by (BCP-47)",
  },
  subvoices: {
    type: "string",
    doc: "Names of the speakers and their indices: Female-1:0,Male-1:1",
  },
  num_speakers: { type: "int", min: 1, doc: "Speakers of the model; read from the model" },
  sample_rate: { type: "int", min: 1, doc: "Sample rate of the voice in Hz; read from the model" },
  max_batch_size: {
    type: "int",
    min: 1,
    default: 8,
    doc: "Most requests in one inference, for every step without its own value",
  },
  verbose: { type: "bool", short: "v", default: false, hidden: true, doc: "More log output" },
});

const text = defineOptions({
  phone_dictionary_file: {
    type: "path",
    aliases: ["arpabet_file"],
    doc: "Pronunciation dictionary (ARPABET or IPA) instead of the archive's",
  },
  abbreviations_file: {
    type: "path",
    doc: "Abbreviations and what they stand for: a line each, a tab or comma between them",
  },
  phone_set: {
    type: "enum",
    values: ["ipa", "arpabet"],
    doc: "Phone alphabet of model and dictionary; read from the model",
  },
  upper_case_chars: {
    type: "bool",
    doc: "Letters of words that are not in the dictionary in upper case (IPA models)",
  },
  wfst_tokenizer_model: { type: "path", doc: "Text normalisation: tokenize_and_classify.far" },
  wfst_verbalizer_model: { type: "path", doc: "Text normalisation: verbalize.far" },
  enable_emphasis_tag: { type: "bool", hidden: true, doc: "Mark emphasised words by tokens" },
  start_of_emphasis_token: { type: "string", hidden: true, doc: "Token before such words" },
  end_of_emphasis_token: { type: "string", hidden: true, doc: "Token behind such words" },
  "preprocessor.g2p_ignore_ambiguous": {
    type: "bool",
    group: "preprocessor",
    doc: "Spell words that have several pronunciations; read from the model",
  },
  "preprocessor.max_sequence_length": {
    type: "int",
    min: 10,
    max: 2000,
    default: 400,
    group: "preprocessor",
    doc: "Most characters and tokens of a sentence; longer ones are cut",
  },
  "preprocessor.language": {
    type: "string",
    group: "preprocessor",
    hidden: true,
    doc: "Language of the text side",
  },
});

const steps = defineOptions({
  chunk_length: {
    type: "int",
    min: 8,
    max: 4096,
    default: 256,
    doc: "Most spectrogram frames that the vocoder gets at once when streaming",
  },
  num_mels: { type: "int", min: 1, doc: "Mel bands; read from the model" },
  num_samples_per_frame: { type: "int", min: 1, doc: "Samples of a frame; read from the model" },
  ...batchSize("preprocessor"),
  ...batchSize("encoderFastPitch"),
  ...batchSize("chunkerFastPitch"),
  ...batchSize("hifigan"),
  "postprocessor.max_batch_size": {
    type: "int",
    min: 1,
    aliases: ["denoiser.max_batch_size"],
    group: "postprocessor",
    doc: "Largest batch of this step",
  },
  instance_group_count: { type: "int", min: 1, hidden: true, doc: "Instances of each model" },
  kind: {
    type: "enum",
    values: ["KIND_AUTO", "KIND_CPU", "KIND_GPU"],
    hidden: true,
    doc: "Where the ONNX models run",
  },
});

function batchSize<const S extends string>(
  step: S,
): Record<
  `${S}.max_batch_size`,
  { readonly type: "int"; readonly min: 1; readonly group: string; readonly doc: string }
> {
  const option = { type: "int", min: 1, group: step, doc: "Largest batch of this step" };
  return { [`${step}.max_batch_size`]: option } as never;
}

export const speechSynthesisOptions = defineOptions({ ...general, ...text, ...steps });

export type SpeechSynthesisOptions = typeof speechSynthesisOptions;
export type Values = OptionValues<SpeechSynthesisOptions>;
export type Given = ReadonlySet<keyof SpeechSynthesisOptions>;
