/** A small client of the Riva speech recognition API, for `servicemaker transcribe`. */
import {
  create,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import type { Message } from "@bufbuild/protobuf";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import type { EventEmitter } from "node:events";
import { ToolError } from "../errors/tool-error.ts";
import {
  type RecognitionConfigSchema,
  RecognizeRequestSchema,
  type RecognizeResponse,
  RecognizeResponseSchema,
  StreamingRecognizeRequestSchema,
  type StreamingRecognizeResponse,
  StreamingRecognizeResponseSchema,
} from "../gen/riva_asr_pb.ts";

const SERVICE = "/nvidia.riva.asr.RivaSpeechRecognition";
/** Offline requests carry whole recordings, and answers may be long. */
const MAX_MESSAGE_BYTES = 1 << 30;

export type RecognitionSettings = MessageInitShape<typeof RecognitionConfigSchema>;

export interface RivaClient {
  /** A whole recording at once. @throws ToolError with the server's words */
  recognize(audio: Uint8Array, config: RecognitionSettings): Promise<RecognizeResponse>;
  /** Pieces as they come; answers as they come. @throws ToolError with the server's words */
  streamingRecognize(
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    config: RecognitionSettings,
    interimResults: boolean,
  ): AsyncIterable<StreamingRecognizeResponse>;
  close(): void;
}

/** A client of the server at `uri` (host:port, without TLS). */
export function connectRiva(uri: string): RivaClient {
  const client = new Client(uri, credentials.createInsecure(), {
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  return {
    recognize: (audio, config) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          `${SERVICE}/Recognize`,
          serializer(RecognizeRequestSchema),
          deserializer(RecognizeResponseSchema),
          create(RecognizeRequestSchema, { audio, config }),
          (error, response) => {
            if (error !== null || response === undefined) reject(describe(uri, error));
            else resolve(response);
          },
        );
      }),
    streamingRecognize: (pieces, config, interimResults) =>
      stream(client, uri, pieces, config, interimResults),
    close: () => client.close(),
  };
}

async function* stream(
  client: Client,
  uri: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  config: RecognitionSettings,
  interimResults: boolean,
): AsyncIterable<StreamingRecognizeResponse> {
  const call = client.makeBidiStreamRequest(
    `${SERVICE}/StreamingRecognize`,
    serializer(StreamingRecognizeRequestSchema),
    deserializer(StreamingRecognizeResponseSchema),
  );
  const send = async (
    request: MessageInitShape<typeof StreamingRecognizeRequestSchema>["streamingRequest"],
  ): Promise<void> => {
    if (request === undefined) return;
    const hasRoom = call.write(
      create(StreamingRecognizeRequestSchema, { streamingRequest: request }),
    );
    if (!hasRoom) await roomIn(call);
  };
  const sendAll = async (): Promise<void> => {
    await send({ case: "streamingConfig", value: { config, interimResults } });
    for await (const piece of pieces) {
      if (call.destroyed) return;
      await send({ case: "audioContent", value: piece });
    }
    call.end();
  };
  const sending = sendAll().catch((error: unknown) => {
    call.destroy(error as Error);
  });
  try {
    for await (const response of call) yield response as StreamingRecognizeResponse;
    await sending;
  } catch (error) {
    throw describe(uri, error);
  } finally {
    call.cancel();
  }
}

/** Waits until the stream takes more, or is closed. */
function roomIn(call: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      call.off("drain", done).off("close", done);
      resolve();
    };
    call.on("drain", done).on("close", done);
  });
}

function serializer<S extends GenMessage<Message>>(
  schema: S,
): (message: MessageShape<S>) => Buffer {
  return (message) => Buffer.from(toBinary(schema, message));
}

function deserializer<S extends GenMessage<Message>>(
  schema: S,
): (bytes: Buffer) => MessageShape<S> {
  return (bytes) => fromBinary(schema, bytes);
}

function describe(uri: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("details" in error)) return error;
  const { code, details } = error as ServiceError;
  if (code === status.UNAVAILABLE) {
    return new ToolError("UNAVAILABLE", `no server answers at ${uri}: ${details}`, {
      at: uri,
      hint: "start one with riva-server --model-repository DIR, or name another with --server",
      cause: error,
    });
  }
  return new ToolError("INVALID_REQUEST", `the server answered ${status[code]}: ${details}`, {
    at: uri,
    hint: "see what it serves: the models, languages and types are in its ready line and its log",
    cause: error,
  });
}
