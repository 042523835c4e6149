/** Synthesize: all the audio of a text in one message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import { joinPieces } from "../../../audio/join-pieces.ts";
import type {
  SynthesizeSpeechRequest,
  SynthesizeSpeechResponseSchema,
} from "../../../gen/riva_tts_pb.ts";
import { openAudioOutput } from "../../audio/audio-output.ts";
import { checkRequest } from "./check-request.ts";
import { selectVoice } from "./select-voice.ts";
import type { TtsContext } from "./context.ts";
import { speak, type SpokenSentence } from "./speech-stream.ts";

/**
 * Nobody hears the first chunk before the last: longer ones waste less on their surroundings. Some
 * twelve seconds of usual voices, for memory's sake.
 */
const CHUNK_FRAMES = 1024;

/** @throws ToolError INVALID_REQUEST for an unknown voice, empty text, SSML out of range */
export async function synthesize(
  { engine, voices, log }: TtsContext,
  request: SynthesizeSpeechRequest,
  { signal }: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof SynthesizeSpeechResponseSchema>> {
  log("INFO", "TTSService.Synthesize called.");
  const voice = selectVoice(voices, request);
  checkRequest(request);
  const { text, encoding, sampleRateHz, customDictionary } = request;
  const output = await openAudioOutput({
    encoding,
    sampleRateHz,
    voiceRateHz: voice.model.sampleRate,
  });
  log("INFO", `Using model ${voice.model.name} for inference`);
  const pieces: Uint8Array[] = [];
  const sentences: SpokenSentence[] = [];
  try {
    const wish = { text, customDictionary, chunkFrames: CHUNK_FRAMES };
    for await (const { samples, sentence } of speak({ engine, voice, signal }, wish)) {
      pieces.push(output.push(samples));
      if (sentence !== undefined) sentences.push(sentence);
    }
    pieces.push(output.finish());
  } finally {
    output.close();
  }
  return {
    audio: joinPieces(pieces),
    meta: metadata(text, sentences),
    ...(request.id === undefined ? {} : { id: request.id }),
  };
}

/** Clients look at the first duration without asking whether there is one. */
export function metadata(text: string, sentences: readonly SpokenSentence[]) {
  const durations = sentences.flatMap((sentence) => sentence.durations);
  return {
    text,
    processedText: sentences
      .map(({ processedText }) => processedText)
      .filter((processed) => processed !== "")
      .join(" "),
    predictedDurations: durations.length === 0 ? [0] : durations,
  };
}
