/** The language understanding service: one file an RPC, joined here. */
import type { ServiceImplementation } from "nice-grpc";
import type { RequestId } from "../../../gen/riva_common_pb.ts";
import type { RivaLanguageUnderstanding } from "../../../gen/riva_nlp_pb.ts";
import type { Engine } from "../../engine/engine.ts";
import type { DefinitionOf } from "../../grpc/definition.ts";
import { analyzeEntities } from "./analyze-entities.ts";
import { analyzeIntent } from "./analyze-intent.ts";
import { classifyText } from "./classify-text.ts";
import { classifyTokens } from "./classify-tokens.ts";
import { getConfig } from "./get-config.ts";
import type { LanguageModel } from "./models.ts";
import { naturalQuery } from "./natural-query.ts";
import { punctuateText } from "./punctuate-text.ts";
import { transformText } from "./transform-text.ts";

/** What the RPCs share. */
export interface NlpContext {
  readonly engine: Engine;
  readonly models: readonly LanguageModel[];
}

/** All RPCs of `nvidia.riva.nlp.RivaLanguageUnderstanding`. */
export function nlpService(
  context: NlpContext,
): ServiceImplementation<DefinitionOf<typeof RivaLanguageUnderstanding>> {
  return {
    classifyText: (request, call) => classifyText(context, request, call),
    classifyTokens: (request, call) => classifyTokens(context, request, call),
    transformText: (request, call) => transformText(context, request, call),
    analyzeEntities: (request, call) => analyzeEntities(context, request, call),
    analyzeIntent: (request, call) => analyzeIntent(context, request, call),
    punctuateText: (request, call) => punctuateText(context, request, call),
    naturalQuery: (request, call) => naturalQuery(context, request, call),
    getRivaNLPConfig: async (request) => getConfig(context.models, request),
  };
}

/** The id of the request, if it has one, for its response. */
export function echoId({ id }: { readonly id?: RequestId | undefined }): { id?: RequestId } {
  return id === undefined ? {} : { id };
}
