/**
 * SynthesizeOnline: audio in pieces of at most a second, the first as soon as it is made. A stream
 * may carry several requests, each complete by itself; they are answered in order. Clients from
 * before that send one request and then listen, which looks the same from here.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import type {
  SynthesizeSpeechRequest,
  SynthesizeSpeechResponseSchema,
} from "../../../gen/riva_tts_pb.ts";
import { openAudioOutput } from "../../audio/audio-output.ts";
import { requestError } from "../../engine/request-error.ts";
import { checkRequest } from "./check-request.ts";
import { selectVoice } from "./select-voice.ts";
import type { TtsContext } from "./context.ts";
import { speak } from "./speech-stream.ts";
import { metadata } from "./synthesize.ts";

type Response = MessageInitShape<typeof SynthesizeSpeechResponseSchema>;

/** @throws ToolError INVALID_REQUEST as Synthesize, and for a stream without a request */
export async function* synthesizeOnline(
  context: TtsContext,
  requests: AsyncIterable<SynthesizeSpeechRequest>,
  { signal }: Pick<CallContext, "signal">,
): AsyncGenerator<Response> {
  context.log("INFO", "TTSService.SynthesizeOnline called.");
  let count = 0;
  for await (const request of requests) {
    count++;
    yield* answer(context, request, signal);
  }
  if (count === 0) throw requestError("no messages received", "send at least one request");
}

/** At least one message, also for a text in which nothing can be spoken. */
async function* answer(
  { engine, voices, log }: TtsContext,
  request: SynthesizeSpeechRequest,
  signal: AbortSignal,
): AsyncGenerator<Response> {
  const voice = selectVoice(voices, request);
  checkRequest(request);
  const { text, encoding, sampleRateHz, customDictionary } = request;
  const { sampleRate } = voice.model;
  const output = await openAudioOutput({ encoding, sampleRateHz, voiceRateHz: sampleRate });
  log("INFO", `Using model ${voice.model.name} for inference`);
  const id = request.id === undefined ? {} : { id: request.id };
  let sent = 0;
  try {
    const wish = { text, customDictionary, chunkFrames: 0 };
    for await (const { samples, sentence } of speak({ engine, voice, signal }, wish)) {
      let meta = sentence === undefined ? {} : { meta: metadata(text, [sentence]) };
      for (const second of cutSeconds(samples, sampleRate)) {
        const audio = output.push(second);
        if (audio.length === 0) continue;
        yield { audio, ...meta, ...id };
        meta = {};
        sent++;
      }
    }
    const rest = output.finish();
    const meta = sent === 0 ? { meta: metadata(text, []) } : {};
    if (rest.length > 0 || sent === 0) yield { audio: rest, ...meta, ...id };
  } finally {
    output.close();
  }
}

function* cutSeconds(samples: Float32Array, sampleRate: number): Generator<Float32Array> {
  for (let at = 0; at < samples.length; at += sampleRate) {
    yield samples.subarray(at, at + sampleRate);
  }
}
