/** AnalyzeEntities: the named entities of one text. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import type { AnalyzeEntitiesRequest, TokenClassResponseSchema } from "../../../gen/riva_nlp_pb.ts";
import { tokenClassValues } from "./entities.ts";
import { runPages } from "./pages.ts";
import { selectModel } from "./select-model.ts";
import { echoId, type NlpContext } from "./context.ts";

/** @throws ToolError INVALID_REQUEST if there is no model of the language */
export async function analyzeEntities(
  context: NlpContext,
  request: AnalyzeEntitiesRequest,
  { signal }: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof TokenClassResponseSchema>> {
  const wish = { modelName: "", languageCode: request.options?.lang ?? "" };
  const model = selectModel(context.models, ["token_classification"], wish);
  const pages = await runPages(context, model, { PIPELINE_INPUT: request.query }, signal);
  return { results: [{ results: tokenClassValues(pages) }], ...echoId(request) };
}
