/**
 * What becomes of the options that this version does not carry out: refused where leaving them
 * out would change the transcripts, mentioned once where they steer something that this engine
 * does not have. Nothing is dropped silently.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { OptionValues } from "../../options/option.ts";
import { type NoEffect, noticesOfNoEffect, unsupportedOption } from "../option-effects.ts";
import type { Notice } from "../plan.ts";
import type { SpeechRecognitionOptions } from "./options.ts";

export type Values = OptionValues<SpeechRecognitionOptions>;
export type OptionName = keyof SpeechRecognitionOptions;
export type Given = ReadonlySet<OptionName>;

const perWindow = "the features of each window are normalised as the model was trained";
const tensorRt = "the model runs in ONNX Runtime, in the precision of its weights";
const noSmallest = "batches have no smallest size here";
const noBuffer = "chunks are cut exactly, so there is no such buffer";
const fromModel = "the featurizer is built from the model's own settings";

const WITHOUT_EFFECT: Partial<Record<OptionName, NoEffect>> = {
  unified_acoustic_model: { reason: "every acoustic model serves both modes", satisfiedBy: [true] },
  return_separate_utterances: {
    reason: "utterances are always separate results",
    satisfiedBy: [true],
  },
  max_supported_transcripts: { reason: "the greedy decoder has one alternative", satisfiedBy: [1] },
  decoder_chunk_size: { reason: "the decoder takes every chunk as it comes" },
  stddev_floor: { reason: fromModel },
  append_space_to_transcripts: { reason: "transcripts have no blank at the end" },
  force_decoder_reset_after_ms: { reason: "the decoder is reset at the end of an utterance" },
  lattice_beam: { reason: "the greedy decoder has no lattice" },
  buffer_look_ahead: { reason: noBuffer },
  buffer_context_history: { reason: noBuffer },
  buffer_threshold: { reason: noBuffer },
  buffer_max_timeout_frames: { reason: noBuffer },
  mel_basis_file_path: { reason: fromModel },
  feature_extractor_type: { reason: fromModel },
  torch_feature_type: { reason: fromModel },
  torch_feature_device: { reason: fromModel },
  execution_environment_path: { reason: "steps need no Python environment" },
  share_flags: { reason: "all steps see the flags of a stream" },
  batching_type: { reason: "each model has the batcher that its kind needs" },
  "featurizer.use_utterance_norm_params": { reason: perWindow, satisfiedBy: [false] },
  "featurizer.precalc_norm_time_steps": { reason: perWindow, satisfiedBy: [0] },
  "featurizer.precalc_norm_params": { reason: perWindow, satisfiedBy: [false] },
  "featurizer.dither": { reason: "no noise is added, so that results repeat", satisfiedBy: [0] },
  "featurizer.min_batch_size": { reason: noSmallest, satisfiedBy: ["1"] },
  "featurizer.batching_type": { reason: "each model has the batcher that its kind needs" },
  "featurizer.gain": { reason: fromModel },
  "featurizer.dither_seed": { reason: "no noise is added" },
  "featurizer.norm_per_feature": { reason: fromModel },
  "featurizer.mean": { reason: perWindow },
  "featurizer.stddev": { reason: perWindow },
  "featurizer.transpose": { reason: fromModel },
  "featurizer.padding_size": { reason: fromModel },
  "nn.fp16_needs_obey_precision_pass": { reason: tensorRt, satisfiedBy: [false] },
  "nn.use_trt_fp32": { reason: tensorRt, satisfiedBy: [true, false] },
  "nn.use_onnx_runtime": { reason: "the model runs in ONNX Runtime", satisfiedBy: [true] },
  "nn.use_torchscript": { reason: "the model runs in ONNX Runtime", satisfiedBy: [false] },
  "nn.trt_max_workspace_size": { reason: tensorRt },
  "nn.min_batch_size": { reason: noSmallest, satisfiedBy: ["1"] },
  "nn.engine_dir": { reason: tensorRt },
  "nn.am_len_input_use_int64": {
    reason: "the model has the type it was exported with",
    satisfiedBy: [true],
  },
  "endpointing.min_batch_size": { reason: noSmallest, satisfiedBy: ["1"] },
  "greedy_decoder.asr_model_delay": {
    reason: "word times are those of the model's outputs",
    satisfiedBy: [-1, 0],
  },
};

const LANGUAGE_MODELS = [
  "decoding_language_model_binary",
  "decoding_language_model_arpa",
  "decoding_language_model_fst",
  "decoding_language_model_words",
  "decoding_language_model_carpa",
  "rescoring_language_model_arpa",
  "rescoring_language_model_carpa",
] as const;
/** Used only by decoders that search. */
const SEARCH_FILES = [
  ...LANGUAGE_MODELS,
  "decoding_vocab",
  "decoding_lexicon",
  "tokenizer_model",
] as const;

/** Leaving these out would change what people read. */
const REFUSED = {
  wfst_tokenizer_model: "inverse text normalisation",
  wfst_verbalizer_model: "inverse text normalisation",
  wfst_pre_process_model: "inverse text normalisation",
  wfst_post_process_model: "inverse text normalisation",
  speech_hints_model: "speech-hint classes",
  profane_words_file: "the profanity filter",
  vad_model: "a neural voice-activity detector",
  vad_type: "a neural voice-activity detector",
  diarization_model: "speaker diarization",
  diarization_type: "speaker diarization",
} as const satisfies Partial<Record<OptionName, string>>;

const DECODER_STEPS = {
  flashlight: ["flashlight_decoder"],
  kaldi: ["kaldi_decoder"],
  os2s: ["os2s_decoder", "lm_decoder_cpu"],
  nemo: ["nemo_decoder"],
  "neural voice-activity detection": ["neural_vad"],
  "speaker diarization": ["sortformer_diarizer"],
} as const;

/** @throws ToolError USAGE or UNSUPPORTED for what this version cannot build */
export function checkSupported(values: Values, given: Given): void {
  checkDecoder(values, given);
  if (values.endpointing_type !== "greedy_ctc") {
    throw unsupportedOption(
      "endpointing_type",
      `endpointing ${values.endpointing_type}`,
      "use --endpointing_type=greedy_ctc",
    );
  }
  for (const [name, feature] of Object.entries(REFUSED)) {
    if (!given.has(name as OptionName)) continue;
    throw unsupportedOption(name, feature, `leave --${name} out; transcripts then come without it`);
  }
}

function checkDecoder(values: Values, given: Given): void {
  const decoder = values.decoder_type;
  const isGiven = (names: readonly OptionName[]): boolean => names.some((name) => given.has(name));
  const needs = (what: string): ToolError =>
    new ToolError("USAGE", `decoder ${decoder} needs ${what}`, {
      hint: `give the files, or use --decoder_type=greedy`,
    });
  if (
    decoder === "kaldi" &&
    !isGiven(["decoding_language_model_fst", "decoding_language_model_arpa"])
  ) {
    throw needs(
      "--decoding_language_model_fst with --decoding_language_model_words, or --decoding_language_model_arpa",
    );
  }
  const hasWords =
    isGiven(["decoding_vocab", "decoding_lexicon"]) ||
    isGiven(["flashlight_decoder.use_lexicon_free_decoding"]);
  if (decoder === "flashlight" && isGiven(LANGUAGE_MODELS) && !hasWords) {
    throw needs("--decoding_vocab or --decoding_lexicon beside its language model");
  }
  if (decoder !== "greedy") {
    throw unsupportedOption(
      "decoder_type",
      `decoder ${decoder}`,
      "use --decoder_type=greedy, which needs no language model",
    );
  }
  const file = SEARCH_FILES.find((name) => given.has(name));
  if (file !== undefined && !given.has("decoder_type")) {
    throw unsupportedOption(
      file,
      "a decoder that uses a language model or lexicon",
      `leave --${file} out, or say --decoder_type=greedy to build without it`,
    );
  }
}

/** What the user should hear about options that change nothing. */
export function noticesOfOptions(values: Values, given: Given): Notice[] {
  const notices = noticesOfNoEffect(WITHOUT_EFFECT, values, given);
  for (const name of SEARCH_FILES.filter((name) => given.has(name))) {
    notices.push({
      level: "WARNING",
      option: name,
      text: `--${name} has no effect: the greedy decoder uses no such file`,
    });
  }
  for (const [decoder, steps] of Object.entries(DECODER_STEPS)) {
    const step = steps.find((step) => [...given].some((name) => name.startsWith(`${step}.`)));
    if (step === undefined) continue;
    notices.push({
      level: "WARNING",
      option: step,
      text: `options of ${step} have no effect: they belong to ${decoder}, not to the greedy decoder`,
    });
  }
  return notices;
}
