/**
 * Options of the steps of a recognition pipeline: batching, features, acoustic model, endpointing,
 * and what belongs to one decoder only. `options.ts` puts them together.
 */
import { defineOptions, scoped, type OptionSpec } from "../../options/option.ts";

/** Accepted for the sake of existing command lines; `option-effects.ts` says what becomes of it. */
export const accepted = { type: "string", hidden: true } as const satisfies Partial<OptionSpec>;

const batching = defineOptions({
  max_batch_size: { type: "int", min: 1, doc: "Most requests in one inference of this step" },
  opt_batch_size: { type: "int", min: 1, doc: "Batch size to prefer" },
  min_batch_size: { ...accepted, doc: "Smallest batch" },
  preferred_batch_size: { type: "int", min: 1, hidden: true, doc: "Batch size to prefer" },
  instance_group_count: { type: "int", min: 1, hidden: true, doc: "Instances of this model" },
  max_queue_delay_microseconds: {
    type: "int",
    min: 0,
    hidden: true,
    doc: "Longest wait for a fuller batch",
  },
});

const featurizer = defineOptions({
  ...batching,
  max_execution_batch_size: { type: "int", min: 1, doc: "Most requests executed at once" },
  use_utterance_norm_params: {
    type: "bool",
    doc: "Normalise with statistics of the whole utterance",
  },
  precalc_norm_time_steps: {
    type: "int",
    min: 0,
    doc: "Weight of precomputed statistics in steps; 0 is off",
  },
  precalc_norm_params: { type: "bool", doc: "Normalise with precomputed statistics" },
  dither: { type: "float", min: 0, doc: "Noise added to the audio; 0.0 makes results repeatable" },
  batching_type: { ...accepted, doc: "Kind of batcher" },
  preserve_ordering: { type: "bool", hidden: true, doc: "Answer in the order of the requests" },
  max_sequence_idle_microseconds: {
    type: "int",
    min: 1,
    hidden: true,
    doc: "A stream without requests for so long is closed",
  },
  optimization_graph_level: {
    type: "int",
    min: -1,
    max: 1,
    hidden: true,
    doc: "Graph optimisation of ONNX Runtime",
  },
  gain: { ...accepted, doc: "Factor of the audio" },
  dither_seed: { ...accepted, doc: "Seed of the noise" },
  norm_per_feature: { ...accepted, doc: "Normalise each mel band by itself" },
  mean: { ...accepted, doc: "Precomputed mean" },
  stddev: { ...accepted, doc: "Precomputed deviation" },
  transpose: { ...accepted, doc: "Order of the axes" },
  padding_size: { ...accepted, doc: "Padding of the features" },
});

const nn = defineOptions({
  ...batching,
  fp16_needs_obey_precision_pass: {
    type: "bool",
    default: false,
    doc: "Mixed precision of a TensorRT engine",
  },
  use_trt_fp32: { type: "bool", default: false, doc: "Full precision of a TensorRT engine" },
  use_onnx_runtime: { type: "bool", hidden: true, doc: "Run the model in ONNX Runtime" },
  use_torchscript: { type: "bool", hidden: true, doc: "Run the model in TorchScript" },
  trt_max_workspace_size: { ...accepted, doc: "Memory of the TensorRT builder" },
  engine_dir: { ...accepted, doc: "Folder of finished engines" },
  am_len_input_use_int64: { type: "bool", hidden: true, doc: "Type of the length input" },
});

/** Since 2.7; `vad.` is the same step in older versions, with `vad_` before most names. */
const endpointing = defineOptions({
  "endpointing.residue_blanks_at_start": {
    type: "int",
    aliases: ["vad.residue_blanks_at_start"],
    group: "endpointing",
    doc: "Output steps to ignore at the start when looking for speech",
  },
  "endpointing.residue_blanks_at_end": {
    type: "int",
    default: 0,
    aliases: ["vad.residue_blanks_at_end"],
    group: "endpointing",
    doc: "The same at the end",
  },
  "endpointing.start_history": {
    type: "int",
    min: 0,
    default: 300,
    aliases: ["vad.vad_start_history", "vad.start_history"],
    group: "endpointing",
    doc: "Window in ms in which speech starts an utterance",
  },
  "endpointing.start_th": {
    type: "float",
    min: 0,
    max: 1,
    aliases: ["vad.vad_start_th"],
    group: "endpointing",
    doc: "Share of non-blank steps in it that starts one (default: 0.2, or less where one step is a smaller share)",
  },
  "endpointing.stop_history": {
    type: "int",
    min: 0,
    default: 800,
    aliases: ["vad.vad_stop_history", "vad.stop_history"],
    group: "endpointing",
    doc: "Window in ms in which silence ends an utterance; 0 never ends one",
  },
  "endpointing.stop_th": {
    type: "float",
    min: 0,
    max: 1,
    default: 0.98,
    aliases: ["vad.vad_stop_th"],
    group: "endpointing",
    doc: "Share of blank steps in it that ends one",
  },
  "endpointing.stop_history_eou": {
    type: "int",
    min: 0,
    group: "endpointing",
    doc: "Shorter window in ms for an early end; 0 is off",
  },
  "endpointing.stop_th_eou": {
    type: "float",
    min: 0,
    max: 1,
    group: "endpointing",
    doc: "Share of blank steps for an early end",
  },
  "endpointing.max_batch_size": {
    type: "int",
    min: 1,
    aliases: ["vad.max_batch_size"],
    group: "endpointing",
    doc: "Most streams handled at once",
  },
  "endpointing.opt_batch_size": { type: "int", min: 1, hidden: true, doc: "Batch size to prefer" },
  "endpointing.min_batch_size": { ...accepted, doc: "Smallest batch" },
});

const flashlight = defineOptions({
  beam_size: { type: "int", min: 1, max: 10_000, doc: "Hypotheses kept per step (default: 32)" },
  beam_size_token: {
    type: "int",
    min: 1,
    max: 10_000,
    doc: "Tokens considered per step (default: 64)",
  },
  beam_threshold: {
    type: "float",
    min: 0,
    doc: "Hypotheses worse than the best by more are dropped (default: 20)",
  },
  lm_weight: { type: "float", doc: "Weight of the language model, log10 (default: 0.8)" },
  word_insertion_score: { type: "float", doc: "Score added per word (default: 1)" },
  unk_score: {
    type: "string",
    hidden: true,
    doc: "Score of unknown words; -inf: there are none (default)",
  },
  sil_token: { type: "string", hidden: true, doc: "Token that may stand between words" },
  smearing_mode: {
    type: "enum",
    values: ["none", "max", "logadd"],
    hidden: true,
    doc: "How words' scores count before their ends (default: max)",
  },
  log_add: { type: "bool", hidden: true, doc: "Equal hypotheses add their probabilities" },
  use_lexicon_free_decoding: {
    type: "bool",
    doc: "Search without a lexicon; the language model, if any, is one of tokens",
  },
  num_tokenization: { type: "int", min: 1, doc: "Tokenisations per word of the lexicon" },
  asr_model_delay: { type: "int", doc: "Shift of word times in steps; -1 is none" },
  max_batch_size: { type: "int", min: 1, doc: "Most streams handled at once" },
  opt_batch_size: { type: "int", min: 1, hidden: true, doc: "Batch size to prefer" },
  ...unused([
    "min_batch_size",
    "max_execution_batch_size",
    "blank_token",
    "unk_token",
    "set_default_index_to_unk_token",
    "decoder_num_worker_threads",
    "forerunner_beam_size",
    "forerunner_beam_size_token",
    "forerunner_beam_threshold",
    "forerunner_use_lm",
    "force_decoder_reset_after_ms",
  ]),
});

/** `lm_decoder_cpu` in Jarvis. */
const os2s = defineOptions({
  "os2s_decoder.beam_search_width": {
    type: "int",
    min: 1,
    max: 10_000,
    aliases: ["lm_decoder_cpu.beam_search_width"],
    group: "os2s_decoder",
    doc: "Hypotheses kept per step (default: 100)",
  },
  "os2s_decoder.language_model_alpha": {
    type: "float",
    aliases: ["lm_decoder_cpu.language_model_alpha"],
    group: "os2s_decoder",
    doc: "Weight of the language model, natural logarithm (default: 0.5)",
  },
  "os2s_decoder.language_model_beta": {
    type: "float",
    aliases: ["lm_decoder_cpu.language_model_beta"],
    group: "os2s_decoder",
    doc: "Score added per word (default: 1.5)",
  },
});

/** Options of one decoder each; what is not in this version is accepted as text. */
const decoders = defineOptions({
  "greedy_decoder.asr_model_delay": {
    type: "int",
    group: "greedy_decoder",
    doc: "Shift of word times in steps; -1 is none",
  },
  ...scoped("flashlight_decoder", flashlight),
  ...scoped(
    "kaldi_decoder",
    unused([
      "asr_model_delay",
      "default_beam",
      "max_active",
      "determinize_lattice",
      "max_batch_size",
      "lattice_beam",
      "acoustic_scale",
      "word_insertion_penalty",
    ]),
  ),
  ...os2s,
  ...scoped(
    "nemo_decoder",
    unused(["language_model_alpha", "language_model_file", "use_stateful_decoding"]),
  ),
  ...scoped(
    "neural_vad",
    unused(["onset", "offset", "min_duration_on", "min_duration_off", "pad_onset", "pad_offset"]),
  ),
  ...scoped(
    "sortformer_diarizer",
    unused(["min_speakers", "max_speakers", "speaker_label_coverage"]),
  ),
});

function unused<const N extends string>(
  names: readonly N[],
): Record<N, typeof accepted & { readonly doc: string }> {
  const entries = names.map((name) => [
    name,
    { ...accepted, doc: "Of a step that is not in this version" },
  ]);
  return Object.fromEntries(entries) as never;
}

export const stepOptions = defineOptions({
  ...scoped("featurizer", featurizer),
  ...scoped("nn", nn),
  ...endpointing,
  ...decoders,
});
