/** PunctuateText: marks and capitals for each text. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import type {
  TextTransformRequest,
  TextTransformResponseSchema,
} from "../../../gen/riva_nlp_pb.ts";
import type { LanguageModel } from "./models.ts";
import { forEachText, runPages, strings } from "./pages.ts";
import { selectModel } from "./select-model.ts";
import { echoId, type NlpContext } from "./context.ts";

/** As many texts as in the request, in its order. @throws ToolError INVALID_REQUEST */
export async function punctuateText(
  context: NlpContext,
  request: TextTransformRequest,
  { signal }: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof TextTransformResponseSchema>> {
  const model = selectModel(context.models, ["punctuation"], request.model);
  const text = await punctuate(context, model, request.text, signal);
  return { text, ...echoId(request) };
}

/** The texts through a punctuation model. */
export function punctuate(
  context: Pick<NlpContext, "engine">,
  model: LanguageModel,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  return forEachText(texts, signal, async (text) => {
    const pages = await runPages(context, model, { PIPELINE_INPUT: text }, signal);
    return pages.flatMap((page) => strings(page, "PIPELINE_OUTPUT")).join(" ");
  });
}
