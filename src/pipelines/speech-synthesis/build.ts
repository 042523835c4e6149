/** From options and archives to the plan of a synthesis pipeline. */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { EffContent } from "../../formats/eff/write.ts";
import type { RivaArchive } from "../../formats/riva/read.ts";
import { rmirFileName } from "../../formats/rmir/write.ts";
import type { PlanRequest } from "../define-pipeline.ts";
import { checkFiles } from "../option-checks.ts";
import type { PipelinePlan, PlannedFile, ResolvedOption } from "../plan.ts";
import { readSpectrogramModel, type SpectrogramModel } from "./acoustic-model.ts";
import { planComponents } from "./components.ts";
import { type AcousticGraph, buildAcousticGraph, buildVocoderGraph } from "./graphs.ts";
import { checkSameMels } from "./mel-settings.ts";
import { checkAgainstModels, checkOptions, noticesOfOptions } from "./option-effects.ts";
import { type SpeechSynthesisOptions, speechSynthesisOptions, type Values } from "./options.ts";
import { COMPONENT, PIPELINE_NAME, type PipelineSettings } from "./settings.ts";
import { parseSubvoices } from "./subvoices.ts";
import { readVocoder, type Vocoder } from "./vocoder.ts";
import { readVoiceText, type VoiceText } from "./voice-text.ts";

/** @throws ToolError USAGE, UNSUPPORTED, UNSUPPORTED_ARCHITECTURE, INVALID_CONFIG, INVALID_FILE, NOT_FOUND */
export async function planSpeechSynthesis(
  request: PlanRequest<SpeechSynthesisOptions>,
): Promise<PipelinePlan> {
  const { values, given } = request;
  checkOptions(values, given);
  await checkFiles(speechSynthesisOptions, values, given);
  const archives = bothArchives(request.archives);
  const model = await readSpectrogramModel(archives.acoustic);
  const vocoder = await readVocoder(archives.vocoder);
  checkSameMels(model.mels, vocoder.mels, archives.vocoder.path);
  checkAgainstModels(values, model, archives.acoustic.path);
  const subvoices = parseSubvoices(values.subvoices, model.speakers);
  const acoustic = await checkDeployable(model, vocoder, archives);
  const text = await readVoiceText(model, values);
  const settings: PipelineSettings = {
    language_code: values.language_code,
    voice_name: values.voice_name,
    subvoices,
    sample_rate: model.mels.sample_rate,
    num_speakers: model.speakers,
    num_samples_per_frame: vocoder.samplesPerFrame,
  };
  return {
    options: resolvedOptions(values, given, settings, vocoder),
    notices: noticesOfOptions(values, given, model, vocoder),
    description: {
      pipeline: PIPELINE_NAME,
      name: values.voice_name,
      parameters: { ...settings },
      components: planComponents({ values, model, acoustic, vocoder, text }),
    },
    files: plannedFiles(model, vocoder, text, archives),
    contents: new Map<string, EffContent>([
      ...text.files.map(({ name, bytes }): [string, EffContent] => [
        rmirFileName(COMPONENT.preprocessor, name),
        bytes,
      ]),
      [rmirFileName(COMPONENT.encoder, model.graph.name), model.graph.source],
      [rmirFileName(COMPONENT.vocoder, vocoder.graph.name), vocoder.graph.source],
    ]),
  };
}

interface Archives {
  readonly acoustic: RivaArchive;
  readonly vocoder: RivaArchive;
}

/** The two in any order: their classes tell them apart. */
function bothArchives(archives: readonly RivaArchive[]): Archives {
  const [first, second] = archives;
  if (first === undefined || second === undefined) {
    const missing = first?.className === "HifiGanModel" ? "a spectrogram model" : "a vocoder";
    throw new ToolError("USAGE", `missing ${missing}: synthesis needs two archives`, {
      hint: "riva-build speech_synthesis voice.rmir fastpitch.riva hifigan.riva",
    });
  }
  const areSwapped = first.className === "HifiGanModel" && second.className !== "HifiGanModel";
  return areSwapped ? { acoustic: second, vocoder: first } : { acoustic: first, vocoder: second };
}

/** Makes the graphs of the deployment once, so that nothing is accepted now and refused later. */
async function checkDeployable(
  model: SpectrogramModel,
  vocoder: Vocoder,
  archives: Archives,
): Promise<AcousticGraph> {
  const acoustic = await withPlace(archives.acoustic.path, async () => {
    const built = await buildAcousticGraph(model.graph.source);
    if (built.takesSpeaker === model.speakers > 1) return built;
    throw new ToolError(
      "INVALID_CONFIG",
      `the config says ${model.speakers} speaker(s), the graph takes ${built.takesSpeaker ? "a" : "no"} speaker`,
      { hint: "graph and model_config.yaml are of different models; export the model again" },
    );
  });
  await withPlace(archives.vocoder.path, () => buildVocoderGraph(vocoder.graph.source));
  return acoustic;
}

function plannedFiles(
  model: SpectrogramModel,
  vocoder: Vocoder,
  text: VoiceText,
  archives: Archives,
): PlannedFile[] {
  const graph = (component: string, name: string, { objCls }: RivaArchive): PlannedFile => ({
    component,
    key: "onnx",
    name: rmirFileName(component, name),
    origin: `${objCls}, ${name}`,
  });
  return [
    ...text.files.map(({ key, name, origin }) => ({
      component: COMPONENT.preprocessor,
      key,
      name: rmirFileName(COMPONENT.preprocessor, name),
      origin,
    })),
    graph(COMPONENT.encoder, model.graph.name, archives.acoustic),
    graph(COMPONENT.vocoder, vocoder.graph.name, archives.vocoder),
  ];
}

/** Every option that has a value, and what was read from the models, with the source of each. */
function resolvedOptions(
  values: Values,
  given: ReadonlySet<string>,
  settings: PipelineSettings,
  { mels, context }: Vocoder,
): ResolvedOption[] {
  const derived = new Map<string, ResolvedOption["value"]>([
    ["sample_rate", settings.sample_rate],
    ["num_speakers", settings.num_speakers],
    ["subvoices", settings.subvoices],
    ["num_mels", mels.bands],
    ["num_samples_per_frame", settings.num_samples_per_frame],
    ["left_context", context.left],
    ["right_context", context.right],
  ]);
  const options = [...derived].map(([name, value]): ResolvedOption => ({
    name,
    value,
    source: "model",
  }));
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || derived.has(name)) continue;
    options.push({ name, value, source: given.has(name) ? "given" : "default" });
  }
  return options.sort((a, b) => (a.name < b.name ? -1 : 1));
}
