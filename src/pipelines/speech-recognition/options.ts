/**
 * Every option of `riva-build speech_recognition` that is known from public material, under the
 * names of the original. What an option does is in `settings.ts`; which ones change nothing or
 * are refused in this version is in `option-effects.ts`.
 */
import { defineOptions } from "../../options/option.ts";
import { accepted, stepOptions } from "./step-options.ts";

const general = defineOptions({
  name: {
    type: "string",
    default: "riva-asr",
    doc: "Name of the pipeline: what clients ask for, and the prefix of its model folders",
  },
  language_code: {
    type: "string",
    default: "en-US",
    doc: "Language that requests select the pipeline by (BCP-47)",
  },
  acoustic_model_name: {
    type: "string",
    doc: "Own name for the acoustic model, so that pipelines can share it",
  },
  featurizer_name: {
    type: "string",
    doc: "Own name for the feature extractor, so that pipelines can share it",
  },
  offline: {
    type: "bool",
    default: false,
    doc: "Build for the Recognize call: longer chunks, offline in the model names",
  },
  streaming: {
    type: "bool",
    default: true,
    doc: "False (with --offline): the whole recording at once instead of chunk by chunk",
  },
  chunk_size: { type: "float", min: 0, doc: "Seconds of new audio per inference" },
  left_padding_size: {
    type: "float",
    min: 0,
    doc: "Seconds of audio before the chunk that give the model context",
  },
  right_padding_size: {
    type: "float",
    min: 0,
    doc: "Seconds of audio after the chunk that give the model context (delay)",
  },
  padding_size: { type: "float", min: 0, doc: "Both paddings at once (older spelling)" },
  padding_factor: {
    type: "float",
    min: 0,
    hidden: true,
    doc: "Both paddings as a multiple of the chunk (deprecated)",
  },
  ms_per_timestep: {
    type: "int",
    min: 1,
    doc: "Milliseconds per output step of the acoustic model; normally read from the model",
  },
  max_batch_size: {
    type: "int",
    min: 1,
    doc: "Most requests in one inference, for every step without its own value",
  },
  decoder_type: {
    type: "enum",
    values: ["greedy", "flashlight", "os2s", "kaldi", "nemo", "pass_through"],
    default: "greedy",
    aliases: ["decoder"],
    doc: "How token probabilities become text",
  },
  max_supported_transcripts: {
    type: "int",
    min: 1,
    default: 1,
    doc: "Most alternatives a request can get",
  },
  endpointing_type: {
    type: "enum",
    values: ["greedy_ctc", "niva"],
    default: "greedy_ctc",
    doc: "How the end of an utterance is found",
  },
  instance_group_count: { type: "int", min: 1, hidden: true, doc: "Instances of each model" },
  kind: {
    type: "enum",
    values: ["KIND_AUTO", "KIND_CPU", "KIND_GPU"],
    hidden: true,
    doc: "Where the ONNX models run",
  },
  max_queue_delay_microseconds: {
    type: "int",
    min: 0,
    hidden: true,
    doc: "Longest wait for a fuller batch",
  },
});

const files = defineOptions({
  decoding_language_model_binary: { type: "path", doc: "KenLM binary for beam search" },
  decoding_language_model_arpa: { type: "path", doc: "ARPA language model for beam search" },
  decoding_language_model_fst: { type: "path", doc: "TLG.fst for the kaldi decoder" },
  decoding_language_model_words: { type: "path", doc: "words.txt for the kaldi decoder" },
  decoding_language_model_carpa: { type: "path", hidden: true, doc: "Constant-arc ARPA model" },
  rescoring_language_model_arpa: { type: "path", doc: "ARPA model for lattice rescoring" },
  rescoring_language_model_carpa: { type: "path", hidden: true, doc: "Constant-arc ARPA model" },
  decoding_vocab: { type: "path", doc: "Words that beam search may give" },
  decoding_lexicon: { type: "path", doc: "Lexicon for beam search: word, tab, tokens" },
  tokenizer_model: { type: "path", hidden: true, doc: "SentencePiece model for the lexicon" },
  wfst_tokenizer_model: {
    type: "path",
    doc: "Inverse text normalisation: tokenize_and_classify.far",
  },
  wfst_verbalizer_model: { type: "path", doc: "Inverse text normalisation: verbalize.far" },
  wfst_pre_process_model: {
    type: "path",
    hidden: true,
    doc: "Inverse text normalisation: grammar before",
  },
  wfst_post_process_model: {
    type: "path",
    hidden: true,
    doc: "Inverse text normalisation: grammar after",
  },
  speech_hints_model: { type: "path", doc: "Grammar of speech-hint classes" },
  profane_words_file: { type: "path", doc: "Words to mask, one a line" },
  vad_model: { type: "path", doc: "Archive of a neural voice-activity detector" },
  diarization_model: { type: "path", doc: "Archive of a speaker diarizer" },
});

const others = defineOptions({
  verbose: { type: "bool", short: "v", default: false, hidden: true, doc: "More log output" },
  return_separate_utterances: { type: "bool", doc: "Return utterances as separate results" },
  unified_acoustic_model: { type: "bool", hidden: true, doc: "One acoustic model for both modes" },
  vad_type: { ...accepted, doc: "Neural voice-activity detector" },
  diarization_type: { ...accepted, doc: "Speaker diarizer" },
  decoder_chunk_size: { ...accepted, doc: "Larger decoder window" },
  stddev_floor: { ...accepted, doc: "Lower bound in normalisation" },
  append_space_to_transcripts: { ...accepted, doc: "A blank after each transcript" },
  force_decoder_reset_after_ms: { ...accepted, doc: "Reset the decoder after so much audio" },
  lattice_beam: { ...accepted, doc: "Beam of lattice pruning" },
  buffer_look_ahead: { ...accepted, doc: "Buffer look-ahead" },
  buffer_context_history: { ...accepted, doc: "Buffer history" },
  buffer_threshold: { ...accepted, doc: "Buffer threshold" },
  buffer_max_timeout_frames: { ...accepted, doc: "Longest buffering" },
  mel_basis_file_path: { ...accepted, doc: "File with the mel filter bank" },
  feature_extractor_type: { ...accepted, doc: "Implementation of the feature extractor" },
  torch_feature_type: { ...accepted, doc: "Feature type of the torch extractor" },
  torch_feature_device: { ...accepted, doc: "Device of the torch extractor" },
  execution_environment_path: { ...accepted, doc: "Python environment of python steps" },
  share_flags: { ...accepted, doc: "Share flags between steps" },
  batching_type: { ...accepted, doc: "Kind of batcher" },
});

export const speechRecognitionOptions = defineOptions({
  ...general,
  ...stepOptions,
  ...files,
  ...others,
});

export type SpeechRecognitionOptions = typeof speechRecognitionOptions;
