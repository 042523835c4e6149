/** The speech recognition service: one file an RPC, joined here. */
import type { ServiceImplementation } from "nice-grpc";
import type { RivaSpeechRecognition } from "../../../gen/riva_asr_pb.ts";
import type { DefinitionOf } from "../../grpc/definition.ts";
import type { AsrContext } from "./context.ts";
import { getConfig } from "./get-config.ts";
import { recognize } from "./recognize.ts";
import { streamingRecognize } from "./streaming-recognize.ts";

/** All RPCs of `nvidia.riva.asr.RivaSpeechRecognition`. */
export function asrService(
  context: AsrContext,
): ServiceImplementation<DefinitionOf<typeof RivaSpeechRecognition>> {
  return {
    recognize: (request, call) => recognize(context, request, call),
    streamingRecognize: (requests, call) => streamingRecognize(context, requests, call),
    getRivaSpeechRecognitionConfig: async (request) => getConfig(context.models, request),
  };
}
