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

/** Options of one decoder each; what greedy search does not know is accepted as text. */
const decoders = defineOptions({
  "greedy_decoder.asr_model_delay": {
    type: "int",
    group: "greedy_decoder",
    doc: "Shift of word times in steps; -1 is none",
  },
  ...scoped(
    "flashlight_decoder",
    unused([
      "asr_model_delay",
      "lm_weight",
      "word_insertion_score",
      "beam_size",
      "beam_size_token",
      "beam_threshold",
      "num_tokenization",
      "use_lexicon_free_decoding",
      "min_batch_size",
      "max_batch_size",
      "opt_batch_size",
      "max_execution_batch_size",
      "smearing_mode",
      "unk_score",
      "blank_token",
      "sil_token",
      "decoder_num_worker_threads",
      "forerunner_beam_size",
      "forerunner_beam_size_token",
      "forerunner_beam_threshold",
      "forerunner_use_lm",
      "log_add",
      "unk_token",
      "set_default_index_to_unk_token",
      "force_decoder_reset_after_ms",
    ]),
  ),
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
  ...scoped(
    "os2s_decoder",
    unused(["beam_search_width", "language_model_alpha", "language_model_beta"]),
  ),
  ...scoped(
    "lm_decoder_cpu",
    unused(["beam_search_width", "language_model_alpha", "language_model_beta"]),
  ),
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
