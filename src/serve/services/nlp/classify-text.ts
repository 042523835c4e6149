/** ClassifyText: the most probable classes of each text. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import type { TextClassRequest, TextClassResponseSchema } from "../../../gen/riva_nlp_pb.ts";
import { classesOf } from "./classes.ts";
import { forEachText, runPages } from "./pages.ts";
import { selectModel } from "./select-model.ts";
import { echoId, type NlpContext } from "./context.ts";

/** `top_n` 0 is 1; more than there are classes gives all. @throws ToolError INVALID_REQUEST */
export async function classifyText(
  context: NlpContext,
  request: TextClassRequest,
  { signal }: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof TextClassResponseSchema>> {
  const model = selectModel(context.models, ["text_classification", "intent_slot"], request.model);
  const results = await forEachText(request.text, signal, async (text) => {
    const pages = await runPages(context, model, { PIPELINE_INPUT: text }, signal);
    const labels = classesOf(pages)
      .slice(0, Math.max(1, request.topN))
      .map(({ label, score }) => ({ className: label, score }));
    return { labels };
  });
  return { results, ...echoId(request) };
}
