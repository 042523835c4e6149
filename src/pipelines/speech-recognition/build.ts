/** From options and archives to the plan of a recognition pipeline. */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { EffContent } from "../../formats/eff/write.ts";
import type { RivaArchive } from "../../formats/riva/read.ts";
import { checkFiles } from "../option-checks.ts";
import type { PipelinePlan, PlannedFile, ResolvedOption } from "../plan.ts";
import { type AcousticModel, readAcousticModel } from "./acoustic-model.ts";
import { resolveChunks } from "./chunks.ts";
import {
  type ComponentRequest,
  planComponents,
  startThreshold,
  subsamplingFactor,
} from "./components.ts";
import { decoderTypeOf, topTokensOf } from "./decoder.ts";
import { type DecoderFile, type DecoderFilesRequest, planDecoderFiles } from "./decoder-files.ts";
import { buildAcousticGraph, buildFeaturizerGraph } from "./graphs.ts";
import { checkOptions, modeOf } from "./option-checks.ts";
import {
  checkSupported,
  type Given,
  noticesOfOptions,
  type OptionName,
  type Values,
} from "./option-effects.ts";
import { speechRecognitionOptions } from "./options.ts";
import { COMPONENT, PIPELINE_NAME, type PipelineSettings } from "./settings.ts";

export interface BuildRequest {
  readonly archives: readonly RivaArchive[];
  readonly values: Values;
  readonly given: Given;
}

/** @throws ToolError USAGE, UNSUPPORTED, UNSUPPORTED_ARCHITECTURE, INVALID_CONFIG, INVALID_FILE, NOT_FOUND */
export async function planSpeechRecognition(request: BuildRequest): Promise<PipelinePlan> {
  const { archives, values, given } = request;
  checkOptions(values);
  const mode = modeOf(values);
  await checkFiles(speechRecognitionOptions, values, given);
  checkSupported(values, given);
  const archive = onlyArchive(archives);
  const model = await readAcousticModel(archive);
  const msPerTimestep = resolveTimestep(model, values, archive.path);
  const chunks = resolveChunks(mode, values, msPerTimestep);
  const decoderType = decoderTypeOf(values, given);
  await checkDeployable(
    model,
    msPerTimestep,
    archive.path,
    topTokensOf(decoderType, values, model),
  );
  const decoder: DecoderFilesRequest = { decoder: decoderType, values, given, model, archive };
  const decoderFiles = await planDecoderFiles(decoder);
  const planned = { values, given, decoderType, decoderFiles, mode, model, chunks, msPerTimestep };
  const components = planComponents(planned);
  const parameters = pipelineSettings(planned);
  const files = plannedFiles(model, archive, decoderFiles);
  return {
    options: resolvedOptions(planned),
    notices: [...noticesOfOptions(values, given), ...chunks.notices],
    description: {
      pipeline: PIPELINE_NAME,
      name: values.name,
      parameters: { ...parameters },
      components,
    },
    files,
    contents: new Map<string, EffContent>([
      [`nn-${model.graph.name}`, model.graph.source],
      ...decoderFiles.map(({ name, content }) => [name, content] as const),
    ]),
  };
}

/** Makes the graphs of the deployment once, so that nothing is accepted now and refused later. */
async function checkDeployable(
  model: AcousticModel,
  msPerTimestep: number,
  path: string,
  topTokens: number | undefined,
): Promise<void> {
  await withPlace(path, async () => {
    buildFeaturizerGraph(model);
    const { mels, graph, vocabulary } = model;
    const factor = subsamplingFactor({ model, msPerTimestep });
    const blank = vocabulary.length;
    await buildAcousticGraph(graph.source, { mels, subsamplingFactor: factor, topTokens, blank });
  });
}

function onlyArchive(archives: readonly RivaArchive[]): RivaArchive {
  const [acoustic, language] = archives;
  if (acoustic === undefined) {
    throw new ToolError("USAGE", "missing the acoustic model archive", {
      hint: "riva-build speech_recognition out.rmir model.riva",
    });
  }
  if (language === undefined) return acoustic;
  throw new ToolError("UNSUPPORTED", "language model archives are not in this version", {
    at: language.path,
    hint: "give the model as a file: --decoding_language_model_binary or --decoding_language_model_arpa",
  });
}

function resolveTimestep(model: AcousticModel, values: Values, path: string): number {
  const given = values.ms_per_timestep;
  const found = model.msPerTimestep;
  if (found === undefined) {
    if (given !== undefined) return given;
    throw new ToolError(
      "USAGE",
      "the model's encoder is not known, so --ms_per_timestep is needed",
      {
        at: path,
        hint: "milliseconds between two outputs: 80 Citrinet and FastConformer, 40 Conformer, 20 QuartzNet",
      },
    );
  }
  if (given === undefined || given === found) return found;
  throw new ToolError(
    "USAGE",
    `--ms_per_timestep=${given}: the model gives an output every ${found} ms`,
    {
      at: path,
      hint: "leave the option out; the value is read from the model",
    },
  );
}

function pipelineSettings(request: ComponentRequest): PipelineSettings {
  const { values, mode, model, chunks, msPerTimestep, decoderType } = request;
  return {
    language_code: values.language_code,
    type: mode === "streaming" ? "online" : "offline",
    sample_rate: model.sampleRateHz,
    streaming: mode !== "oneShot",
    chunk_size: chunks.chunkSeconds,
    left_padding_size: chunks.leftPaddingSeconds,
    right_padding_size: chunks.rightPaddingSeconds,
    ms_per_timestep: msPerTimestep,
    decoder_type: decoderType,
    model_family: model.family,
  };
}

function plannedFiles(
  model: AcousticModel,
  archive: RivaArchive,
  decoderFiles: readonly DecoderFile[],
): PlannedFile[] {
  const graph = model.graph.name;
  return [
    { component: "nn", key: "onnx", name: `nn-${graph}`, origin: `${archive.objCls}, ${graph}` },
    ...decoderFiles.map(({ key, name, origin }) => ({
      component: COMPONENT.decoder,
      key,
      name,
      origin,
    })),
  ];
}

/** Every option that has a value, and what was read from the model, with the source of each. */
function resolvedOptions(request: ComponentRequest): ResolvedOption[] {
  const { values, given, chunks, model, msPerTimestep, decoderType } = request;
  const derived = new Map<string, ResolvedOption>(
    [
      ...chunks.options,
      ...(decoderType === values.decoder_type
        ? []
        : [{ name: "decoder_type", value: decoderType, source: "default" as const }]),
      { name: "ms_per_timestep", value: msPerTimestep, source: "model" as const },
      {
        name: "endpointing.start_th",
        value: startThreshold(values, msPerTimestep),
        source: "model" as const,
      },
      { name: "sample_rate", value: model.sampleRateHz, source: "model" as const },
      { name: "mels", value: model.mels, source: "model" as const },
      { name: "vocabulary_size", value: model.vocabulary.length, source: "model" as const },
      { name: "model_family", value: model.family, source: "model" as const },
    ].map((option) => [option.name, option]),
  );
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || typeof value === "object") continue;
    const isGiven = given.has(name as OptionName);
    if (isGiven || !derived.has(name))
      derived.set(name, { name, value, source: isGiven ? "given" : "default" });
  }
  return [...derived.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
