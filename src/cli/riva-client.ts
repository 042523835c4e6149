/** The Riva services as the commands `transcribe` and `speak` use them. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type RecognitionConfigSchema,
  RecognizeRequestSchema,
  type RecognizeResponse,
  RecognizeResponseSchema,
  StreamingRecognizeRequestSchema,
  type StreamingRecognizeResponse,
  StreamingRecognizeResponseSchema,
} from "../gen/riva_asr_pb.ts";
import {
  SynthesizeSpeechRequestSchema,
  type SynthesizeSpeechResponse,
  SynthesizeSpeechResponseSchema,
} from "../gen/riva_tts_pb.ts";
import { connectRivaServer } from "./riva-connection.ts";

const ASR = "/nvidia.riva.asr.RivaSpeechRecognition";
const TTS = "/nvidia.riva.tts.RivaSpeechSynthesis";

const RECOGNIZE = {
  path: `${ASR}/Recognize`,
  request: RecognizeRequestSchema,
  response: RecognizeResponseSchema,
};
const STREAMING_RECOGNIZE = {
  path: `${ASR}/StreamingRecognize`,
  request: StreamingRecognizeRequestSchema,
  response: StreamingRecognizeResponseSchema,
};
const SYNTHESIZE_ONLINE = {
  path: `${TTS}/SynthesizeOnline`,
  request: SynthesizeSpeechRequestSchema,
  response: SynthesizeSpeechResponseSchema,
};

export type RecognitionSettings = MessageInitShape<typeof RecognitionConfigSchema>;
export type SynthesisRequest = MessageInitShape<typeof SynthesizeSpeechRequestSchema>;

export interface RivaClient {
  /** A whole recording at once. @throws ToolError with the server's words */
  recognize(audio: Uint8Array, config: RecognitionSettings): Promise<RecognizeResponse>;
  /** Pieces as they come; answers as they come. @throws ToolError with the server's words */
  streamingRecognize(
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    config: RecognitionSettings,
    interimResults: boolean,
  ): AsyncIterable<StreamingRecognizeResponse>;
  /** Speech piece by piece. @throws ToolError with the server's words */
  synthesizeOnline(request: SynthesisRequest): AsyncIterable<SynthesizeSpeechResponse>;
  close(): void;
}

/** A client of the server at `uri` (host:port, without TLS). */
export function connectRiva(uri: string): RivaClient {
  const connection = connectRivaServer(uri);
  return {
    recognize: (audio, config) => connection.call(RECOGNIZE, { audio, config }),
    streamingRecognize: (pieces, config, interimResults) =>
      connection.stream(STREAMING_RECOGNIZE, recognitionRequests(pieces, config, interimResults)),
    synthesizeOnline: (request) => connection.stream(SYNTHESIZE_ONLINE, [request]),
    close: () => connection.close(),
  };
}

type RecognitionMessage = MessageInitShape<typeof StreamingRecognizeRequestSchema>;

async function* recognitionRequests(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  config: RecognitionSettings,
  interimResults: boolean,
): AsyncGenerator<RecognitionMessage> {
  yield { streamingRequest: { case: "streamingConfig", value: { config, interimResults } } };
  for await (const piece of pieces) {
    yield { streamingRequest: { case: "audioContent", value: piece } };
  }
}
