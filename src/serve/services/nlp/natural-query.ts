/** NaturalQuery: answers to a question, found in the text that comes with it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import type { NaturalQueryRequest, NaturalQueryResponseSchema } from "../../../gen/riva_nlp_pb.ts";
import type { Tensors } from "../../../tensor/tensor.ts";
import {
  type Answer,
  type AnswerSettings,
  bestAnswers,
  rankAnswers,
  type RankedAnswer,
  type SpanLogits,
} from "../../../text/language/answers.ts";
import { requestError } from "../../engine/request-error.ts";
import type { LanguageModel } from "./models.ts";
import { numbers, runPages, strings } from "./pages.ts";
import { selectModel } from "./select-model.ts";
import { echoId, type NlpContext } from "./context.ts";

/** `top_n` 0 is 1; no answer is an empty one. @throws ToolError INVALID_REQUEST */
export async function naturalQuery(
  context: NlpContext,
  request: NaturalQueryRequest,
  { signal }: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof NaturalQueryResponseSchema>> {
  const { query, context: passage, topN } = request;
  const model = selectModel(context.models, ["qa"]);
  if (query.trim() === "") throw requestError("Error: query is empty", "ask something");
  const pages = await runPages(context, model, { QUERY: query, CONTEXT: passage }, signal);
  const results = answersOf(pages, model)
    .slice(0, Math.max(1, topN))
    .map(({ text, score }) => ({ answer: text, score }));
  return { results, ...echoId(request) };
}

/** The pages of a long passage are ranked together. */
function answersOf(pages: readonly Tensors[], model: LanguageModel): RankedAnswer[] {
  const [only] = pages;
  if (pages.length === 1 && only !== undefined) {
    const scores = numbers(only, "ANSWER_SCORES");
    return strings(only, "ANSWERS").map((text, i) => ({ text, score: scores[i] ?? 0 }));
  }
  const settings = settingsOf(model);
  const candidates = pages.flatMap(candidatesOf);
  const missing = pages
    .map((page) => logitsAt(numbers(page, "MISSING_LOGITS"), 0))
    .reduce((least, next) => (next.start + next.end < least.start + least.end ? next : least));
  return rankAnswers(
    bestAnswers(candidates, ({ text }) => text, settings),
    missing,
    settings,
  );
}

function candidatesOf(page: Tensors): Answer[] {
  const logits = numbers(page, "CANDIDATE_LOGITS");
  return strings(page, "CANDIDATES").map((text, i) => ({ text, ...logitsAt(logits, i) }));
}

const logitsAt = (logits: ArrayLike<number>, row: number): SpanLogits => ({
  start: logits[2 * row] ?? 0,
  end: logits[2 * row + 1] ?? 0,
});

function settingsOf({ parameters }: LanguageModel): AnswerSettings {
  return {
    bestCount: Number(parameters["n_best_size"] ?? 20),
    mayBeMissing: parameters["version_2_with_negative"] === "True",
    missingThreshold: Number(parameters["null_score_diff_threshold"] ?? 0),
  };
}
