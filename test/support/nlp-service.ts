/** The language service over a repository, called in this process. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import {
  AnalyzeEntitiesRequestSchema,
  AnalyzeIntentRequestSchema,
  NaturalQueryRequestSchema,
  TextClassRequestSchema,
  TextTransformRequestSchema,
  TokenClassRequestSchema,
} from "../../src/gen/riva_nlp_pb.ts";
import { createEmbeddedEngine } from "../../src/serve/engine/embedded/embedded-engine.ts";
import type { Engine } from "../../src/serve/engine/engine.ts";
import { analyzeEntities } from "../../src/serve/services/nlp/analyze-entities.ts";
import { analyzeIntent } from "../../src/serve/services/nlp/analyze-intent.ts";
import { classifyText } from "../../src/serve/services/nlp/classify-text.ts";
import { classifyTokens } from "../../src/serve/services/nlp/classify-tokens.ts";
import { findLanguageModels } from "../../src/serve/services/nlp/models.ts";
import { naturalQuery } from "../../src/serve/services/nlp/natural-query.ts";
import { punctuateText } from "../../src/serve/services/nlp/punctuate-text.ts";
import { STEPS } from "../../src/steps/registry.ts";
import { tensor, type Tensors } from "../../src/tensor/tensor.ts";

type Init<S extends Parameters<typeof create>[0]> = MessageInitShape<S>;

/** The RPCs with plain objects as requests. */
export async function openNlpService(repository: string) {
  const engine: Engine = await createEmbeddedEngine({ repository, steps: STEPS });
  const context = { engine, models: findLanguageModels(engine) };
  const call = { signal: new AbortController().signal };
  return {
    engine,
    close: () => engine.close(),
    /** A pipeline's own outputs for one text. */
    run: (model: string, text: string): Promise<Tensors> =>
      engine.infer({ model, inputs: { PIPELINE_INPUT: tensor("string", [text]) } }),
    classifyText: (request: Init<typeof TextClassRequestSchema>) =>
      classifyText(context, create(TextClassRequestSchema, request), call),
    classifyTokens: (request: Init<typeof TokenClassRequestSchema>) =>
      classifyTokens(context, create(TokenClassRequestSchema, request), call),
    analyzeEntities: (request: Init<typeof AnalyzeEntitiesRequestSchema>) =>
      analyzeEntities(context, create(AnalyzeEntitiesRequestSchema, request), call),
    analyzeIntent: (request: Init<typeof AnalyzeIntentRequestSchema>) =>
      analyzeIntent(context, create(AnalyzeIntentRequestSchema, request), call),
    punctuateText: (request: Init<typeof TextTransformRequestSchema>) =>
      punctuateText(context, create(TextTransformRequestSchema, request), call),
    naturalQuery: (request: Init<typeof NaturalQueryRequestSchema>) =>
      naturalQuery(context, create(NaturalQueryRequestSchema, request), call),
  };
}

export type NlpServiceUnderTest = Awaited<ReturnType<typeof openNlpService>>;
