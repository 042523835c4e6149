/** The Riva language service as the command `understand` uses it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  AnalyzeIntentRequestSchema,
  type AnalyzeIntentResponse,
  AnalyzeIntentResponseSchema,
  NaturalQueryRequestSchema,
  type NaturalQueryResponse,
  NaturalQueryResponseSchema,
  TextClassRequestSchema,
  type TextClassResponse,
  TextClassResponseSchema,
  TextTransformRequestSchema,
  type TextTransformResponse,
  TextTransformResponseSchema,
  TokenClassRequestSchema,
  type TokenClassResponse,
  TokenClassResponseSchema,
} from "../gen/riva_nlp_pb.ts";
import { connectRivaServer } from "./riva-connection.ts";

const SERVICE = "/nvidia.riva.nlp.RivaLanguageUnderstanding";

const CLASSIFY_TEXT = {
  path: `${SERVICE}/ClassifyText`,
  request: TextClassRequestSchema,
  response: TextClassResponseSchema,
};
const CLASSIFY_TOKENS = {
  path: `${SERVICE}/ClassifyTokens`,
  request: TokenClassRequestSchema,
  response: TokenClassResponseSchema,
};
const ANALYZE_INTENT = {
  path: `${SERVICE}/AnalyzeIntent`,
  request: AnalyzeIntentRequestSchema,
  response: AnalyzeIntentResponseSchema,
};
const PUNCTUATE = {
  path: `${SERVICE}/PunctuateText`,
  request: TextTransformRequestSchema,
  response: TextTransformResponseSchema,
};
const NATURAL_QUERY = {
  path: `${SERVICE}/NaturalQuery`,
  request: NaturalQueryRequestSchema,
  response: NaturalQueryResponseSchema,
};

/** All calls throw a ToolError with the server's words. */
export interface NlpClient {
  classifyText(
    request: MessageInitShape<typeof TextClassRequestSchema>,
  ): Promise<TextClassResponse>;
  classifyTokens(
    request: MessageInitShape<typeof TokenClassRequestSchema>,
  ): Promise<TokenClassResponse>;
  analyzeIntent(
    request: MessageInitShape<typeof AnalyzeIntentRequestSchema>,
  ): Promise<AnalyzeIntentResponse>;
  punctuate(
    request: MessageInitShape<typeof TextTransformRequestSchema>,
  ): Promise<TextTransformResponse>;
  naturalQuery(
    request: MessageInitShape<typeof NaturalQueryRequestSchema>,
  ): Promise<NaturalQueryResponse>;
  close(): void;
}

/** A client of the server at `uri` (host:port, without TLS). */
export function connectNlp(uri: string): NlpClient {
  const connection = connectRivaServer(uri);
  return {
    classifyText: (request) => connection.call(CLASSIFY_TEXT, request),
    classifyTokens: (request) => connection.call(CLASSIFY_TOKENS, request),
    analyzeIntent: (request) => connection.call(ANALYZE_INTENT, request),
    punctuate: (request) => connection.call(PUNCTUATE, request),
    naturalQuery: (request) => connection.call(NATURAL_QUERY, request),
    close: () => connection.close(),
  };
}
