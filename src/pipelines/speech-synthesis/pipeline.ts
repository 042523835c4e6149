/** The speech synthesis pipeline: a FastPitch acoustic model and a HiFi-GAN vocoder. */
import { definePipeline } from "../define-pipeline.ts";
import { planSpeechSynthesis } from "./build.ts";
import { planSpeechSynthesisModels } from "./models.ts";
import { speechSynthesisOptions } from "./options.ts";
import { PIPELINE_NAME } from "./settings.ts";

export const speechSynthesis = definePipeline({
  name: PIPELINE_NAME,
  summary: "Text to speech: a text side, an acoustic model and a vocoder.",
  inputs: [
    { name: "spectrogram_model", doc: "Archive of the FastPitch model (.riva)", required: true },
    { name: "vocoder", doc: "Archive of the HiFi-GAN model (.riva)", required: true },
  ],
  options: speechSynthesisOptions,
  examples: [
    ["riva-build speech_synthesis voice.rmir fastpitch.riva hifigan.riva", "one voice"],
    [
      "riva-build speech_synthesis --voice_name=English-US --subvoices=Female-1:0,Male-1:1 voices.rmir fastpitch.riva hifigan.riva",
      "two speakers of one model",
    ],
  ],
  plan: planSpeechSynthesis,
  planModels: planSpeechSynthesisModels,
});
