/** The components of a recognition pipeline, with all that their models will need. */
import type { JsonObject, RmirComponent } from "../../formats/rmir/description.ts";
import { rmirFileName } from "../../formats/rmir/write.ts";
import { ToolError } from "../../errors/tool-error.ts";
import type { AcousticModel } from "./acoustic-model.ts";
import type { Chunks, Mode } from "./chunks.ts";
import { modeSuffix } from "./option-checks.ts";
import { searchParameters, topTokensOf, type DecoderType } from "./decoder.ts";
import type { DecoderFile } from "./decoder-files.ts";
import type { Given, Values } from "./option-effects.ts";
import type { ModelRunSettings } from "../../repository/make-config.ts";
import { COMPONENT, VOCABULARY_FILE } from "./settings.ts";

export interface ComponentRequest {
  readonly values: Values;
  readonly given: Given;
  readonly decoderType: DecoderType;
  readonly decoderFiles: readonly DecoderFile[];
  readonly mode: Mode;
  readonly model: AcousticModel;
  readonly chunks: Chunks;
  readonly msPerTimestep: number;
}

/** Windows of one length share a batch; long ones need much memory each. */
const NETWORK_BATCH: Readonly<Record<Mode, number>> = { streaming: 32, offline: 16, oneShot: 1 };
/** Streams whose requests a step may take in one call. */
const STEP_BATCH = 64;
/**
 * A muted microphone keeps its stream for half an hour. (The original ends it after a minute, which
 * users meet as an error in the middle of a call.)
 */
const SEQUENCE_IDLE_MICROSECONDS = 1_800_000_000;
const STEP_QUEUE_DELAY_MICROSECONDS = 1000;

/** In the order in which a request passes them, the acoustic model first as in the original's log. */
export function planComponents(request: ComponentRequest): RmirComponent[] {
  return [
    acousticModel(request),
    featurizer(request),
    audioWindow(request),
    decoder(request),
    endpointing(request),
  ];
}

function acousticModel(request: ComponentRequest): RmirComponent {
  const { values, mode, model, decoderType } = request;
  const own = values.acoustic_model_name ?? `${values.name}-am${modeSuffix(mode)}`;
  return {
    name: COMPONENT.acousticModel,
    runtime: "onnx",
    files: { onnx: rmirFileName(COMPONENT.acousticModel, model.graph.name) },
    parameters: {
      ...networkSettings("nn", `riva-onnx-${own}`, values, mode),
      obj_cls: model.objCls,
      mels: model.mels,
      subsampling_factor: subsamplingFactor(request),
      vocabulary_size: model.vocabulary.length,
      ...optional("top_tokens", topTokensOf(decoderType, values, model)),
    },
  };
}

/** Frames of features per timestep. */
export function subsamplingFactor({
  model,
  msPerTimestep,
}: Pick<ComponentRequest, "model" | "msPerTimestep">): number {
  return Math.max(1, Math.round(msPerTimestep / model.hopMs));
}

function featurizer({ values, mode, model }: ComponentRequest): RmirComponent {
  const name = values.featurizer_name ?? `${values.name}-feature-extractor${modeSuffix(mode)}`;
  const settings = networkSettings("featurizer", name, values, mode);
  const executed = values["featurizer.max_execution_batch_size"] ?? settings.max_batch_size;
  return {
    name: COMPONENT.featurizer,
    runtime: "onnx",
    files: {},
    parameters: {
      ...settings,
      max_batch_size: Math.min(settings.max_batch_size, executed),
      preserve_ordering: values["featurizer.preserve_ordering"] ?? false,
      ...optional("optimization_graph_level", values["featurizer.optimization_graph_level"]),
      preprocessor: model.preprocessor,
      ...optional("nemo_version", model.nemoVersion),
    },
  };
}

const optional = (name: string, value: string | number | undefined): JsonObject =>
  value === undefined ? {} : { [name]: value };

function audioWindow(request: ComponentRequest): RmirComponent {
  const { values, mode, model, chunks, msPerTimestep } = request;
  return step(
    request,
    COMPONENT.audioWindow,
    "audio-window",
    `${values.name}-audio-window${modeSuffix(mode)}`,
    {
      sample_rate: model.sampleRateHz,
      chunk_size: chunks.chunkSeconds,
      left_padding_size: chunks.leftPaddingSeconds,
      right_padding_size: chunks.rightPaddingSeconds,
      ms_per_timestep: msPerTimestep,
      min_window_samples: minWindowSamples(model, msPerTimestep),
    },
  );
}

/** Enough for one timestep and for the reflection at the edges of the first transform. */
function minWindowSamples(
  { preprocessor, sampleRateHz }: AcousticModel,
  msPerTimestep: number,
): number {
  const fftSize = typeof preprocessor["n_fft"] === "number" ? preprocessor["n_fft"] : 512;
  return Math.max(fftSize, Math.ceil((msPerTimestep * sampleRateHz) / 1000));
}

/** The original's default. */
const START_THRESHOLD = 0.2;

/**
 * A single token within the start window starts an utterance, as it does with the original's
 * default and 80 ms timesteps. With shorter ones that share would lose the first words of a slow
 * speaker: CTC tokens are a timestep long, however short it is.
 */
export function startThreshold(values: Values, msPerTimestep: number): number {
  const given = values["endpointing.start_th"];
  if (given !== undefined) return given;
  const steps = Math.max(1, Math.round(values["endpointing.start_history"] / msPerTimestep));
  return Math.min(START_THRESHOLD, Math.floor(1000 / steps) / 1000);
}

function endpointing(request: ComponentRequest): RmirComponent {
  const { values, mode, model, msPerTimestep } = request;
  const parameters: JsonObject = {
    endpointing_type: values.endpointing_type,
    ms_per_timestep: msPerTimestep,
    blank_id: model.vocabulary.length,
    start_history: values["endpointing.start_history"],
    start_th: startThreshold(values, msPerTimestep),
    stop_history: values["endpointing.stop_history"],
    stop_th: values["endpointing.stop_th"],
    stop_history_eou: values["endpointing.stop_history_eou"] ?? 0,
    stop_th_eou: values["endpointing.stop_th_eou"] ?? values["endpointing.stop_th"],
    residue_blanks_at_start: values["endpointing.residue_blanks_at_start"] ?? 0,
    residue_blanks_at_end: values["endpointing.residue_blanks_at_end"],
    streaming: mode !== "oneShot",
  };
  const name = `${values.name}-endpointing${modeSuffix(mode)}`;
  return step(request, COMPONENT.endpointing, "ctc-endpointing", name, parameters, "endpointing");
}

function decoder(request: ComponentRequest): RmirComponent {
  const { values, given, mode, model, msPerTimestep, decoderType, decoderFiles } = request;
  const name = `${values.name}-ctc-decoder-cpu${modeSuffix(mode)}`;
  const isGreedy = decoderType === "greedy";
  const parameters: JsonObject = {
    decoder_type: decoderType,
    vocab_file: VOCABULARY_FILE,
    ms_per_timestep: msPerTimestep,
    use_subword: model.isSubword,
    max_supported_transcripts: values.max_supported_transcripts,
    streaming: mode !== "oneShot",
    ...searchParameters(decoderType, values, given, model),
  };
  const component = step(
    request,
    COMPONENT.decoder,
    isGreedy ? "ctc-greedy-decoder" : "ctc-beam-decoder",
    name,
    parameters,
    decoderType === "flashlight" ? "flashlight_decoder" : undefined,
  );
  return {
    ...component,
    files: Object.fromEntries(decoderFiles.map(({ key, name: stored }) => [key, stored])),
  };
}

function step(
  { values }: ComponentRequest,
  component: string,
  stepName: string,
  modelName: string,
  parameters: JsonObject,
  scope?: "endpointing" | "flashlight_decoder",
): RmirComponent {
  const own = scope === undefined ? undefined : values[`${scope}.max_batch_size`];
  const batch = own ?? values.max_batch_size ?? STEP_BATCH;
  const preferred = scope === undefined ? undefined : values[`${scope}.opt_batch_size`];
  return {
    name: component,
    runtime: "step",
    files: {},
    parameters: {
      model_name: modelName,
      max_batch_size: batch,
      preferred_batch_size: checkPreferred(scope ?? "endpointing", preferred, batch),
      max_queue_delay_microseconds:
        values.max_queue_delay_microseconds ?? STEP_QUEUE_DELAY_MICROSECONDS,
      instance_group_count: values.instance_group_count ?? 1,
      instance_group_kind: "KIND_CPU",
      max_sequence_idle_microseconds:
        values["featurizer.max_sequence_idle_microseconds"] ?? SEQUENCE_IDLE_MICROSECONDS,
      step: stepName,
      step_parameters: parameters,
    },
  };
}

function networkSettings(
  scope: "nn" | "featurizer",
  modelName: string,
  values: Values,
  mode: Mode,
): ModelRunSettings & JsonObject {
  const batch = values[`${scope}.max_batch_size`] ?? values.max_batch_size ?? NETWORK_BATCH[mode];
  const preferred = values[`${scope}.preferred_batch_size`] ?? values[`${scope}.opt_batch_size`];
  return {
    model_name: modelName,
    max_batch_size: batch,
    preferred_batch_size: checkPreferred(scope, preferred, batch),
    max_queue_delay_microseconds:
      values[`${scope}.max_queue_delay_microseconds`] ?? values.max_queue_delay_microseconds ?? 0,
    instance_group_count:
      values[`${scope}.instance_group_count`] ?? values.instance_group_count ?? 1,
    instance_group_kind: values.kind ?? "KIND_AUTO",
  };
}

/** 0 stands for no preference. */
function checkPreferred(scope: string, preferred: number | undefined, largest: number): number {
  if (preferred === undefined) return 0;
  if (preferred <= largest) return preferred;
  throw new ToolError(
    "USAGE",
    `--${scope}.opt_batch_size=${preferred} is above the largest batch of ${largest}`,
    { hint: `choose at most ${largest}, or raise --${scope}.max_batch_size` },
  );
}
