/** The components of a synthesis pipeline, with all that their models will need. */
import type { JsonObject, RmirComponent } from "../../formats/rmir/description.ts";
import { rmirFileName } from "../../formats/rmir/write.ts";
import type { SpectrogramModel } from "./acoustic-model.ts";
import type { AcousticGraph } from "./graphs.ts";
import type { Values } from "./options.ts";
import { COMPONENT, modelNames } from "./settings.ts";
import type { Vocoder } from "./vocoder.ts";
import { PREPROCESSOR_STEP, type VoiceText } from "./voice-text.ts";

export interface ComponentRequest {
  readonly values: Values;
  readonly model: SpectrogramModel;
  readonly acoustic: AcousticGraph;
  readonly vocoder: Vocoder;
  readonly text: VoiceText;
}

/** A client that plays what it gets may take its time before it wants more. */
const SEQUENCE_IDLE_MICROSECONDS = 60_000_000;
const STEP_QUEUE_DELAY_MICROSECONDS = 100;
/** Some 0.6 s of speech at usual settings: enough to cover the making of the next chunk. */
const FIRST_CHUNK_FRAMES = 48;
/** Three milliseconds at 22,050 Hz: shorter than any sound, long enough not to click. */
const FADE_SAMPLES = 64;

/** In the order of the original's log. */
export function planComponents(request: ComponentRequest): RmirComponent[] {
  const { values, text } = request;
  const names = modelNames(values.voice_name);
  return [
    {
      ...step(request, "preprocessor", names.preprocessor, PREPROCESSOR_STEP, text.parameters),
      files: Object.fromEntries(
        text.files.map(({ key, name }) => [key, rmirFileName(COMPONENT.preprocessor, name)]),
      ),
    },
    encoder(request, names.encoder),
    step(
      request,
      "chunkerFastPitch",
      names.chunker,
      "spectrogram-chunker",
      chunkerParameters(request),
    ),
    vocoder(request, names.vocoder),
    step(request, "postprocessor", names.postprocessor, "tts-postprocessor", {
      num_samples_per_frame: request.vocoder.samplesPerFrame,
    }),
  ];
}

function encoder({ values, model, acoustic }: ComponentRequest, name: string): RmirComponent {
  return {
    name: COMPONENT.encoder,
    runtime: "onnx",
    files: { onnx: rmirFileName(COMPONENT.encoder, model.graph.name) },
    // joined sentences would see each other's filling
    parameters: { ...networkSettings(values, name, acoustic.hasBatchAxis ? 1 : 0) },
  };
}

function vocoder({ values, vocoder: { graph } }: ComponentRequest, name: string): RmirComponent {
  const batch = values["hifigan.max_batch_size"] ?? values.max_batch_size;
  return {
    name: COMPONENT.vocoder,
    runtime: "onnx",
    files: { onnx: rmirFileName(COMPONENT.vocoder, graph.name) },
    parameters: { ...networkSettings(values, name, batch) },
  };
}

function chunkerParameters({ values, model, vocoder: { context, ...vocoder } }: ComponentRequest) {
  return {
    num_mels: model.mels.bands,
    num_samples_per_frame: vocoder.samplesPerFrame,
    sample_rate: model.mels.sample_rate,
    chunk_length: values.chunk_length,
    first_chunk_length: Math.min(FIRST_CHUNK_FRAMES, values.chunk_length),
    left_context: context.left,
    right_context: context.right,
    fade_samples: FADE_SAMPLES,
  };
}

function step(
  { values }: ComponentRequest,
  component: "preprocessor" | "chunkerFastPitch" | "postprocessor",
  modelName: string,
  stepName: string,
  parameters: JsonObject,
): RmirComponent {
  return {
    name: component,
    runtime: "step",
    files: {},
    parameters: {
      model_name: modelName,
      max_batch_size: values[`${component}.max_batch_size`] ?? values.max_batch_size,
      preferred_batch_size: 0,
      max_queue_delay_microseconds: STEP_QUEUE_DELAY_MICROSECONDS,
      instance_group_count: values.instance_group_count ?? 1,
      instance_group_kind: "KIND_CPU",
      max_sequence_idle_microseconds: SEQUENCE_IDLE_MICROSECONDS,
      step: stepName,
      step_parameters: parameters,
    },
  };
}

function networkSettings(values: Values, name: string, batch: number): JsonObject {
  return {
    model_name: name,
    max_batch_size: batch,
    preferred_batch_size: 0,
    max_queue_delay_microseconds: 0,
    instance_group_count: values.instance_group_count ?? 1,
    instance_group_kind: values.kind ?? "KIND_AUTO",
  };
}
