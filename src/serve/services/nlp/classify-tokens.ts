/** ClassifyTokens: the entities or slots of each text; words that belong to nothing are left out. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import type { TokenClassRequest, TokenClassResponseSchema } from "../../../gen/riva_nlp_pb.ts";
import { tokenClassValues } from "./entities.ts";
import { forEachText, runPages } from "./pages.ts";
import { selectModel } from "./select-model.ts";
import { echoId, type NlpContext } from "./context.ts";

/** Each has one label, whatever `top_n` says. @throws ToolError INVALID_REQUEST */
export async function classifyTokens(
  context: NlpContext,
  request: TokenClassRequest,
  { signal }: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof TokenClassResponseSchema>> {
  const model = selectModel(context.models, ["token_classification", "intent_slot"], request.model);
  const results = await forEachText(request.text, signal, async (text) => {
    const pages = await runPages(context, model, { PIPELINE_INPUT: text }, signal);
    return { results: tokenClassValues(pages) };
  });
  return { results, ...echoId(request) };
}
