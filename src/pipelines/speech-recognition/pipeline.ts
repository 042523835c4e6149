/** The speech recognition pipeline: one acoustic model, greedy or beam search decoding. */
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
  examples: [
    ["riva-build speech_recognition asr.rmir model.riva", "streaming with low latency"],
    [
      "riva-build speech_recognition --decoder_type=flashlight --decoding_language_model_binary=lm.binary --decoding_vocab=words.txt asr.rmir model.riva",
      "with a language model",
    ],
    [
      "riva-build speech_recognition --offline --streaming=False --chunk_size=300 --padding_size=0 asr.rmir model.riva",
      "whole recordings at once",
    ],
  ],
  plan: planSpeechRecognition,
  planModels: planSpeechRecognitionModels,
});
