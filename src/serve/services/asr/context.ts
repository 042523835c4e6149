/** What the RPCs of the service share. */
import type { Engine } from "../../engine/engine.ts";
import type { Log } from "../../log.ts";
import type { Punctuator } from "../nlp/punctuator.ts";
import type { RecognitionModel } from "./models.ts";

export interface AsrContext {
  readonly engine: Engine;
  readonly models: readonly RecognitionModel[];
  readonly log: Log;
  /** For automatic punctuation. */
  readonly punctuate: Punctuator;
}
