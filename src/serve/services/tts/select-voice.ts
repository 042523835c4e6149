/**
 * Which voice answers a request: the one that is named, as `Model`, `Model.Subvoice` or with `-`
 * for `.`; else the first of the wanted language; the base language is good enough.
 */
import { ToolError } from "../../../errors/tool-error.ts";
import type { SynthesizeSpeechRequest } from "../../../gen/riva_tts_pb.ts";
import { byLanguage } from "../language.ts";
import type { VoiceModel } from "./voices.ts";

/** What clients that send no language mean. */
const DEFAULT_LANGUAGE = "en-US";

export interface Voice {
  readonly model: VoiceModel;
  readonly speaker: number;
}

type Wish = Pick<SynthesizeSpeechRequest, "voiceName" | "languageCode">;

/** @throws ToolError INVALID_REQUEST in Riva's words, which clients compare */
export function selectVoice(models: readonly VoiceModel[], wish: Wish): Voice {
  const { voiceName, languageCode } = wish;
  const ofLanguage =
    languageCode === ""
      ? byDefaultLanguage(models, voiceName !== "")
      : byLanguage(models, languageCode);
  const voices = ofLanguage.flatMap(voicesOf);
  const wanted = folded(voiceName);
  const found = voiceName === "" ? voices[0] : voices.find(({ name }) => folded(name) === wanted);
  if (found !== undefined) return found;
  const language = languageCode === "" ? DEFAULT_LANGUAGE : languageCode;
  const advice =
    voiceName === "" ? "" : " Please specify the voice name in your SynthesizeSpeechRequest.";
  throw new ToolError(
    "INVALID_REQUEST",
    `Model is not available on server: Voice ${voiceName} for language ${language} not found.${advice}`,
    { hint: deployed(models) },
  );
}

/** A name is enough to find a voice; without one the default language comes first. */
function byDefaultLanguage(models: readonly VoiceModel[], hasName: boolean): readonly VoiceModel[] {
  if (hasName || models.length === 1) return models;
  return byLanguage(models, DEFAULT_LANGUAGE);
}

interface NamedVoice extends Voice {
  readonly name: string;
}

/** The model under its own name speaks with its first speaker. */
function voicesOf(model: VoiceModel): NamedVoice[] {
  const { voiceName, subvoices } = model;
  return [
    { name: voiceName, model, speaker: subvoices[0]?.speaker ?? 0 },
    ...subvoices.map(({ name, speaker }) => ({ name: `${voiceName}.${name}`, model, speaker })),
  ];
}

const folded = (name: string): string => name.replaceAll(".", "-").toLowerCase();

function deployed(models: readonly VoiceModel[]): string {
  if (models.length === 0) return "no voice is deployed";
  const list = models.flatMap((model) =>
    voicesOf(model).map(({ name }) => `${name} (${model.languageCode})`),
  );
  return `deployed: ${list.slice(0, 20).join(", ")}`;
}
