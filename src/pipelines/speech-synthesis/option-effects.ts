/**
 * Checks of options, and what becomes of those that this version does not carry out: refused where
 * the voice would speak otherwise than asked, mentioned once where there is nothing to steer.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { checkLanguageCode, checkModelFolderName } from "../option-checks.ts";
import { type NoEffect, noticesOfNoEffect, unsupportedOption } from "../option-effects.ts";
import type { Notice } from "../plan.ts";
import type { SpectrogramModel } from "./acoustic-model.ts";
import type { Given, SpeechSynthesisOptions, Values } from "./options.ts";
import type { Vocoder } from "./vocoder.ts";

const noMarkers = "words are emphasised without tokens of their own";

const WITHOUT_EFFECT: Partial<Record<keyof SpeechSynthesisOptions, NoEffect>> = {
  enable_emphasis_tag: { reason: noMarkers, satisfiedBy: [false] },
  start_of_emphasis_token: { reason: noMarkers },
  end_of_emphasis_token: { reason: noMarkers },
  "encoderFastPitch.max_batch_size": {
    reason: "a sentence gives the same spectrogram alone only, so sentences are not joined",
    satisfiedBy: [1],
  },
};

/** @throws ToolError USAGE or UNSUPPORTED for what needs no model to be seen */
export function checkOptions(values: Values, given: Given): void {
  checkModelFolderName("voice_name", values.voice_name);
  checkLanguageCode(values.language_code);
  for (const name of ["wfst_tokenizer_model", "wfst_verbalizer_model"] as const) {
    if (!given.has(name)) continue;
    const hint = `leave --${name} out; numbers, dates and the like are then spoken by built-in rules`;
    throw unsupportedOption(name, "text normalisation by a grammar", hint);
  }
}

/** @throws ToolError USAGE for an option that contradicts the models */
export function checkAgainstModels(
  values: Values,
  { mels, speakers }: SpectrogramModel,
  at: string,
): void {
  const { sample_rate: rate, num_speakers: count } = values;
  if (rate !== undefined && rate !== mels.sample_rate) {
    throw new ToolError("USAGE", `--sample_rate=${rate}: the models make ${mels.sample_rate} Hz`, {
      at,
      hint: "leave the option out; every request may ask for audio of another rate",
    });
  }
  if (count !== undefined && count !== speakers) {
    throw new ToolError("USAGE", `--num_speakers=${count}: the model has ${speakers}`, {
      at,
      hint: "leave the option out; the number is read from the model",
    });
  }
}

/** What the user should hear about options that change nothing. */
export function noticesOfOptions(
  values: Values,
  given: Given,
  model: SpectrogramModel,
  vocoder: Vocoder,
): Notice[] {
  const notices = noticesOfNoEffect(WITHOUT_EFFECT, values, given);
  const fromModel = { num_mels: model.mels.bands, num_samples_per_frame: vocoder.samplesPerFrame };
  for (const [name, found] of Object.entries(fromModel)) {
    const value = values[name as keyof typeof fromModel];
    if (value === undefined || value === found) continue;
    const text = `--${name}=${value} has no effect: the models have ${found}`;
    notices.push({ level: "WARNING", option: name, text });
  }
  if (values.upper_case_chars !== undefined && !isIpa(model)) {
    const text = "--upper_case_chars has no effect: it is for models with IPA phones";
    notices.push({ level: "INFO", option: "upper_case_chars", text });
  }
  const language = values["preprocessor.language"] ?? values.language_code;
  if (!/^en(-|$)/i.test(language)) {
    const option = given.has("preprocessor.language") ? "preprocessor.language" : "language_code";
    const text = `numbers, dates and abbreviations are spoken as in English, whatever the ${option}`;
    notices.push({ level: "WARNING", option, text });
  }
  return notices;
}

export function isIpa({ textTokenizer }: SpectrogramModel): boolean {
  const target = textTokenizer["_target_"];
  return typeof target === "string" && target.endsWith("IPATokenizer");
}
