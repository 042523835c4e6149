/** Calls of Riva's services over gRPC, for the commands that try a running server. */
import {
  create,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import type { EventEmitter } from "node:events";
import { ToolError } from "../errors/tool-error.ts";

type Schema = GenMessage<Message>;

/** One RPC: `/package.Service/Method` with the types of its messages. */
export interface RivaMethod<Request extends Schema, Response extends Schema> {
  readonly path: string;
  readonly request: Request;
  readonly response: Response;
}

export interface RivaConnection {
  /** @throws ToolError with the server's words */
  call<Request extends Schema, Response extends Schema>(
    method: RivaMethod<Request, Response>,
    request: MessageInitShape<Request>,
  ): Promise<MessageShape<Response>>;
  /** Requests as they come, answers as they come. @throws ToolError with the server's words */
  stream<Request extends Schema, Response extends Schema>(
    method: RivaMethod<Request, Response>,
    requests: AsyncIterable<MessageInitShape<Request>> | Iterable<MessageInitShape<Request>>,
  ): AsyncIterable<MessageShape<Response>>;
  close(): void;
}

/** Offline requests carry whole recordings, and answers may be long. */
const MAX_MESSAGE_BYTES = 1 << 30;

/** A connection to the server at `uri` (host:port, without TLS). */
export function connectRivaServer(uri: string): RivaConnection {
  const client = new Client(uri, credentials.createInsecure(), {
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          method.path,
          serializer(method.request),
          deserializer(method.response),
          create(method.request, request),
          (error, response) => {
            if (error !== null || response === undefined) reject(describe(uri, error));
            else resolve(response);
          },
        );
      }),
    stream: (method, requests) => stream(client, uri, method, requests),
    close: () => client.close(),
  };
}

async function* stream<Request extends Schema, Response extends Schema>(
  client: Client,
  uri: string,
  method: RivaMethod<Request, Response>,
  requests: AsyncIterable<MessageInitShape<Request>> | Iterable<MessageInitShape<Request>>,
): AsyncIterable<MessageShape<Response>> {
  const call = client.makeBidiStreamRequest(
    method.path,
    serializer(method.request),
    deserializer(method.response),
  );
  const sendAll = async (): Promise<void> => {
    for await (const request of requests) {
      if (call.destroyed) return;
      const hasRoom = call.write(create(method.request, request));
      if (!hasRoom) await roomIn(call);
    }
    call.end();
  };
  const sending = sendAll().catch((error: unknown) => {
    call.destroy(error as Error);
  });
  try {
    for await (const response of call) yield response as MessageShape<Response>;
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

function serializer<S extends Schema>(schema: S): (message: MessageShape<S>) => Buffer {
  return (message) => Buffer.from(toBinary(schema, message));
}

function deserializer<S extends Schema>(schema: S): (bytes: Buffer) => MessageShape<S> {
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
