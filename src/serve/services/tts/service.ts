/** The speech synthesis service: one file an RPC, joined here. */
import type { ServiceImplementation } from "nice-grpc";
import type { RivaSpeechSynthesis } from "../../../gen/riva_tts_pb.ts";
import type { DefinitionOf } from "../../grpc/definition.ts";
import type { TtsContext } from "./context.ts";
import { getConfig } from "./get-config.ts";
import { synthesize } from "./synthesize.ts";
import { synthesizeOnline } from "./synthesize-online.ts";

/** All RPCs of `nvidia.riva.tts.RivaSpeechSynthesis`. */
export function ttsService(
  context: TtsContext,
): ServiceImplementation<DefinitionOf<typeof RivaSpeechSynthesis>> {
  return {
    synthesize: (request, call) => synthesize(context, request, call),
    synthesizeOnline: (requests, call) => synthesizeOnline(context, requests, call),
    getRivaSynthesisConfig: async (request) => getConfig(context.voices, request),
  };
}
