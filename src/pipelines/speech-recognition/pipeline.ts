/** The speech recognition pipeline: one acoustic model, greedy CTC decoding. */
import { definePipeline } from "../define-pipeline.ts";
import { planSpeechRecognition } from "./build.ts";
import { planSpeechRecognitionModels } from "./models.ts";
import { speechRecognitionOptions } from "./options.ts";
import { PIPELINE_NAME } from "./settings.ts";

export const speechRecognition = definePipeline({
  name: PIPELINE_NAME,
  summary: "Speech to text: an acoustic model, endpointing and a decoder.",
  inputs: [
    { name: "acoustic_model", doc: "Archive of the acoustic model (.riva)", required: true },
    { name: "language_model", doc: "Archive of an n-gram language model" },
  ],
  options: speechRecognitionOptions,
  plan: planSpeechRecognition,
  planModels: planSpeechRecognitionModels,
});
