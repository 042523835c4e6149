/** The speech synthesis service: one file an RPC, joined here. */
import type { ServiceImplementation } from "nice-grpc";
import type { RivaSpeechSynthesis } from "../../../gen/riva_tts_pb.ts";
import type { Engine } from "../../engine/engine.ts";
import type { DefinitionOf } from "../../grpc/definition.ts";
import type { Log } from "../../log.ts";
import { getConfig } from "./get-config.ts";
import { synthesize } from "./synthesize.ts";
import { synthesizeOnline } from "./synthesize-online.ts";
import type { VoiceModel } from "./voices.ts";

/** What the RPCs share. */
export interface TtsContext {
  readonly engine: Engine;
  readonly voices: readonly VoiceModel[];
  readonly log: Log;
}

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
