/**
 * StreamingRecognize: a configuration, then audio. Every audio message gets exactly one response,
 * which may be empty (clients count them), and the end of the stream at most one more.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import {
  type RecognitionConfig,
  RecognitionConfigSchema,
  type StreamingRecognitionConfig,
  type StreamingRecognizeRequest,
  type StreamingRecognizeResponseSchema,
} from "../../../gen/riva_asr_pb.ts";
import type { RequestId } from "../../../gen/riva_common_pb.ts";
import { type AudioInput, openAudioInput } from "../../audio/audio-input.ts";
import { requestError } from "../../engine/request-error.ts";
import { configurationRows } from "./configuration.ts";
import { withPunctuation } from "./punctuation.ts";
import { RecognitionStream } from "./recognition-stream.ts";
import { finalResult, interimResult } from "./results.ts";
import { selectModel } from "./select-model.ts";
import type { AsrContext } from "./context.ts";
import type { FinalTranscript, PartialTranscript, Transcripts } from "./transcripts.ts";

type Response = MessageInitShape<typeof StreamingRecognizeResponseSchema>;

/** @throws ToolError INVALID_REQUEST for messages in a wrong order, an unknown model, bad audio */
export async function* streamingRecognize(
  context: AsrContext,
  requests: AsyncIterable<StreamingRecognizeRequest>,
  { signal }: Pick<CallContext, "signal">,
): AsyncGenerator<Response> {
  context.log("INFO", "ASRService.StreamingRecognize called.");
  let session: Session | undefined;
  try {
    for await (const request of requests) {
      if (session === undefined) session = openSession(context, firstConfig(request), signal);
      else yield await session.answer(request);
      session.id = request.id ?? session.id;
    }
    if (session === undefined) {
      throw requestError("no messages received", "send the configuration first, then audio");
    }
    const last = await session.finish();
    if (last !== undefined) yield last;
  } finally {
    await session?.close();
  }
}

function firstConfig({ streamingRequest }: StreamingRecognizeRequest): StreamingRecognitionConfig {
  if (streamingRequest.case === "streamingConfig") return streamingRequest.value;
  throw requestError(
    "first message must contain streaming_config",
    "send the configuration first, then audio",
  );
}

function openSession(
  context: AsrContext,
  streaming: StreamingRecognitionConfig,
  signal: AbortSignal,
): Session {
  const { engine, models, log } = context;
  const config = streaming.config ?? create(RecognitionConfigSchema);
  const model = selectModel(models, "online", config);
  const input = openAudioInput(config, model.sampleRate);
  const configuration = configurationRows(config);
  const stream = new RecognitionStream({ engine, model, configuration, signal });
  log("INFO", `performing streaming recognition with sequence id: ${stream.sequenceId}`);
  log("INFO", `Using model ${model.name} for inference`);
  return new Session({
    config,
    wantsInterim: streaming.interimResults,
    input,
    stream,
    punctuate: (finals) => withPunctuation(context, finals, { config, model, signal }),
  });
}

interface SessionParts {
  readonly config: RecognitionConfig;
  readonly wantsInterim: boolean;
  readonly input: AudioInput;
  readonly stream: RecognitionStream;
  punctuate(finals: readonly FinalTranscript[]): Promise<readonly FinalTranscript[]>;
}

class Session {
  /** The newest id of the client. */
  id: RequestId | undefined;
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  async answer(request: StreamingRecognizeRequest): Promise<Response> {
    const { streamingRequest, runtimeConfig } = request;
    if (streamingRequest.case === "streamingConfig") {
      throw requestError(
        "streaming_config was already received",
        "open another stream for another configuration",
      );
    }
    this.id = request.id ?? this.id;
    const collected = new Collected();
    if (streamingRequest.case === "audioContent") {
      await this.#take(this.#parts.input.push(streamingRequest.value), collected);
    }
    if (runtimeConfig["force_eou"]?.toLowerCase() === "true") {
      collected.add(await this.#parts.stream.force());
    }
    return this.#response(collected);
  }

  /** The rest of the stream, if it brings anything. */
  async finish(): Promise<Response | undefined> {
    const collected = new Collected();
    await this.#take(this.#parts.input.finish(), collected);
    collected.add(await this.#parts.stream.finish());
    const response = await this.#response(collected);
    return response.results?.length === 0 ? undefined : response;
  }

  async close(): Promise<void> {
    this.#parts.input.close();
    await this.#parts.stream.abandon();
  }

  async #take(audio: AsyncIterable<Float32Array>, collected: Collected): Promise<void> {
    for await (const samples of audio) {
      for await (const transcripts of this.#parts.stream.push(samples)) collected.add(transcripts);
    }
  }

  /** Finals first: some clients read only the first result. */
  async #response({ finals, partial }: Collected): Promise<Response> {
    const { config, wantsInterim, stream } = this.#parts;
    const { audioProcessed } = stream;
    const finished = await this.#parts.punctuate(finals);
    const results = finished.map((final) => finalResult(final, config, audioProcessed));
    if (partial !== undefined && wantsInterim) {
      results.push(interimResult(partial, audioProcessed));
    }
    return { results, ...(this.id === undefined ? {} : { id: this.id }) };
  }
}

/** What the pieces of one message brought: all finals, and what is running after the last one. */
class Collected {
  readonly finals: FinalTranscript[] = [];
  partial: PartialTranscript | undefined;

  add(transcripts: Transcripts | undefined): void {
    if (transcripts === undefined) return;
    this.finals.push(...transcripts.finals);
    this.partial = transcripts.partial;
  }
}
