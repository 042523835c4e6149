/** The language understanding service: one file an RPC, joined here. */
import type { ServiceImplementation } from "nice-grpc";
import type { RivaLanguageUnderstanding } from "../../../gen/riva_nlp_pb.ts";
import type { DefinitionOf } from "../../grpc/definition.ts";
import { analyzeEntities } from "./analyze-entities.ts";
import { analyzeIntent } from "./analyze-intent.ts";
import { classifyText } from "./classify-text.ts";
import { classifyTokens } from "./classify-tokens.ts";
import type { NlpContext } from "./context.ts";
import { getConfig } from "./get-config.ts";
import { naturalQuery } from "./natural-query.ts";
import { punctuateText } from "./punctuate-text.ts";
import { transformText } from "./transform-text.ts";

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
