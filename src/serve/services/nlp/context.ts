/** What the RPCs of the service share. */
import type { RequestId } from "../../../gen/riva_common_pb.ts";
import type { Engine } from "../../engine/engine.ts";
import type { LanguageModel } from "./models.ts";

export interface NlpContext {
  readonly engine: Engine;
  readonly models: readonly LanguageModel[];
}

/** The id of the request, if it has one, for its response. */
export function echoId({ id }: { readonly id?: RequestId | undefined }): { id?: RequestId } {
  return id === undefined ? {} : { id };
}
