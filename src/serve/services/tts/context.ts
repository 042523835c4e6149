/** What the RPCs of the service share. */
import type { Engine } from "../../engine/engine.ts";
import type { Log } from "../../log.ts";
import type { VoiceModel } from "./voices.ts";

export interface TtsContext {
  readonly engine: Engine;
  readonly voices: readonly VoiceModel[];
  readonly log: Log;
}
