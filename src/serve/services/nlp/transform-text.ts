/** TransformText: whatever model is named makes of each text; all that do so here punctuate. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import type {
  TextTransformRequest,
  TextTransformResponseSchema,
} from "../../../gen/riva_nlp_pb.ts";
import { punctuateText } from "./punctuate-text.ts";
import type { NlpContext } from "./context.ts";

/** @throws ToolError INVALID_REQUEST for a model that does not transform texts */
export function transformText(
  context: NlpContext,
  request: TextTransformRequest,
  call: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof TextTransformResponseSchema>> {
  return punctuateText(context, request, call);
}
