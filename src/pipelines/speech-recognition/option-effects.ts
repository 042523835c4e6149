/**
 * What becomes of the options that this version does not carry out: refused where leaving them
 * out would change the transcripts, mentioned once where they steer something that this engine
 * does not have. Nothing is dropped silently.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { OptionValues } from "../../options/option.ts";
import { type NoEffect, noticesOfNoEffect, unsupportedOption } from "../option-effects.ts";
import type { Notice } from "../plan.ts";
import { decoderTypeOf, isLexiconFree, type DecoderType } from "./decoder.ts";
import type { SpeechRecognitionOptions } from "./options.ts";

export type Values = OptionValues<SpeechRecognitionOptions>;
export type OptionName = keyof SpeechRecognitionOptions;
export type Given = ReadonlySet<OptionName>;

const perWindow = "the features of each window are normalised as the model was trained";
const tensorRt = "the model runs in ONNX Runtime, in the precision of its weights";
const noSmallest = "batches have no smallest size here";
const noBuffer = "chunks are cut exactly, so there is no such buffer";
const noForerunner = "partial transcripts come from the same search as final ones";
const noDelay: NoEffect = {
  reason: "word times are those of the model's outputs",
  satisfiedBy: [-1, 0],
};
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
  "greedy_decoder.asr_model_delay": noDelay,
  "flashlight_decoder.asr_model_delay": noDelay,
  "flashlight_decoder.num_tokenization": {
    reason: "a word has one spelling in the lexicon that is made; give more in --decoding_lexicon",
    satisfiedBy: [1],
  },
  "flashlight_decoder.min_batch_size": { reason: noSmallest, satisfiedBy: ["1"] },
  "flashlight_decoder.max_execution_batch_size": { reason: "streams are decoded one by one" },
  "flashlight_decoder.blank_token": { reason: "the blank is the model's last output" },
  "flashlight_decoder.unk_token": { reason: "unknown words are written <unk>" },
  "flashlight_decoder.set_default_index_to_unk_token": {
    reason: "a lexicon with tokens that the model lacks is refused",
  },
  "flashlight_decoder.decoder_num_worker_threads": { reason: "streams are decoded one by one" },
  "flashlight_decoder.forerunner_beam_size": { reason: noForerunner },
  "flashlight_decoder.forerunner_beam_size_token": { reason: noForerunner },
  "flashlight_decoder.forerunner_beam_threshold": { reason: noForerunner },
  "flashlight_decoder.forerunner_use_lm": { reason: noForerunner },
  "flashlight_decoder.force_decoder_reset_after_ms": {
    reason: "the decoder is reset at the end of an utterance",
  },
};

/** Files that some decoder uses, and which. */
const FILE_USERS: Partial<Record<OptionName, readonly DecoderType[]>> = {
  decoding_language_model_binary: ["flashlight", "os2s"],
  decoding_language_model_arpa: ["flashlight", "os2s"],
  decoding_language_model_fst: [],
  decoding_language_model_words: [],
  decoding_language_model_carpa: [],
  rescoring_language_model_arpa: [],
  rescoring_language_model_carpa: [],
  decoding_vocab: ["flashlight", "os2s"],
  decoding_lexicon: ["flashlight"],
  tokenizer_model: ["flashlight"],
};

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
  os2s: ["os2s_decoder"],
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

/** Why a decoder is not here, and what comes nearest. */
const REFUSED_DECODERS: Partial<Record<DecoderType, string>> = {
  kaldi:
    "it searches a compiled graph (TLG.fst) of characters or phones; nearest is --decoder_type=flashlight with --decoding_language_model_arpa and --decoding_vocab",
  nemo: "it is for transducer models (RNN-T, TDT); for a CTC model use --decoder_type=flashlight, or greedy without a language model",
  pass_through:
    "it hands out the model's numbers, which the Riva API has no message for; use --decoder_type=greedy, or ask the acoustic model of the repository itself",
};

function checkDecoder(values: Values, given: Given): void {
  const decoder = decoderTypeOf(values, given);
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
  const hint = REFUSED_DECODERS[decoder];
  if (hint !== undefined) throw unsupportedOption("decoder_type", `decoder ${decoder}`, hint);
  const isFree = values["flashlight_decoder.use_lexicon_free_decoding"] === true;
  const hasModel = isGiven(["decoding_language_model_binary", "decoding_language_model_arpa"]);
  const hasWords = isGiven(["decoding_vocab", "decoding_lexicon"]);
  if (decoder === "flashlight" && hasModel && !hasWords && !isFree) {
    throw needs("--decoding_vocab or --decoding_lexicon beside its language model");
  }
  if (decoder !== "flashlight") return;
  const score = values["flashlight_decoder.unk_score"] ?? "-inf";
  if (!/^-inf$/i.test(score) && (score.trim() === "" || !Number.isFinite(Number(score)))) {
    throw new ToolError(
      "USAGE",
      `--flashlight_decoder.unk_score: expected a number, got "${score}"`,
      {
        hint: "a natural logarithm such as -5, or -inf for no unknown words",
      },
    );
  }
}

/** What the user should hear about options that change nothing. */
export function noticesOfOptions(values: Values, given: Given): Notice[] {
  const decoder = decoderTypeOf(values, given);
  return [
    ...decoderNotices(decoder, values, given),
    ...noticesOfNoEffect(WITHOUT_EFFECT, values, given).filter(
      ({ option }) => option !== "max_supported_transcripts" || decoder === "greedy",
    ),
    ...fileNotices(decoder, given),
    ...stepNotices(decoder, given),
  ];
}

function decoderNotices(decoder: DecoderType, values: Values, given: Given): Notice[] {
  const notices: Notice[] = [];
  if (decoder !== values.decoder_type) {
    notices.push({
      level: "INFO",
      option: "decoder_type",
      text: `--decoder_type is not given: ${decoder}, which uses the files that are`,
    });
  }
  const isWished = values["flashlight_decoder.use_lexicon_free_decoding"] === true;
  if (decoder === "flashlight" && isLexiconFree(values, given) && !isWished) {
    notices.push({
      level: "WARNING",
      option: "decoding_vocab",
      text: "without --decoding_vocab or --decoding_lexicon flashlight searches tokens instead of words",
    });
  }
  return notices;
}

function fileNotices(decoder: DecoderType, given: Given): Notice[] {
  const notices: Notice[] = [];
  const say = (option: OptionName, reason: string): void => {
    notices.push({ level: "WARNING", option, text: `--${option} has no effect: ${reason}` });
  };
  for (const option of Object.keys(FILE_USERS) as OptionName[]) {
    if (!given.has(option) || FILE_USERS[option]?.includes(decoder) === true) continue;
    say(option, `the ${decoder} decoder uses no such file`);
  }
  if (decoder === "greedy") return notices;
  if (given.has("decoding_language_model_binary") && given.has("decoding_language_model_arpa")) {
    say("decoding_language_model_arpa", "the binary is taken");
  }
  if (decoder === "flashlight" && given.has("decoding_lexicon") && given.has("decoding_vocab")) {
    say("decoding_vocab", "the lexicon is taken");
  }
  return notices;
}

function stepNotices(selected: DecoderType, given: Given): Notice[] {
  const notices: Notice[] = [];
  for (const [decoder, steps] of Object.entries(DECODER_STEPS)) {
    if (decoder === selected) continue;
    const step = steps.find((step) => [...given].some((name) => name.startsWith(`${step}.`)));
    if (step === undefined) continue;
    notices.push({
      level: "WARNING",
      option: step,
      text: `options of ${step} have no effect: they belong to ${decoder}, not to the ${selected} decoder`,
    });
  }
  return notices;
}
