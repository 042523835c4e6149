/**
 * AnalyzeIntent: intent and slots of a query. The domain is given, or a text classification model
 * of the domain `domain` finds it, or there is only one.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import type {
  AnalyzeIntentRequest,
  AnalyzeIntentResponseSchema,
} from "../../../gen/riva_nlp_pb.ts";
import { byLanguage, DEFAULT_LANGUAGE } from "../language.ts";
import { classesOf } from "./classes.ts";
import { tokenClassValues } from "./entities.ts";
import type { LanguageModel, LanguageTask } from "./models.ts";
import { runPages } from "./pages.ts";
import { notAModel } from "./select-model.ts";
import { echoId, type NlpContext } from "./context.ts";

/** Domain of the model that tells domains apart. */
const DOMAIN_CLASSIFIER = "domain";
/** What clients get for a query that belongs to no domain. */
const NO_DOMAIN = "nomatch.none";

interface Domain {
  readonly name: string;
  readonly score: number;
  readonly model: LanguageModel | undefined;
}

/** @throws ToolError INVALID_REQUEST for a domain that is not deployed */
export async function analyzeIntent(
  context: NlpContext,
  request: AnalyzeIntentRequest,
  { signal }: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof AnalyzeIntentResponseSchema>> {
  const domain = await findDomain(context, request, signal);
  const named = {
    domain: { className: domain.name, score: domain.score },
    domainStr: domain.name,
    ...echoId(request),
  };
  if (domain.model === undefined) return named;
  const pages = await runPages(context, domain.model, { PIPELINE_INPUT: request.query }, signal);
  const [intent] = classesOf(pages);
  return {
    ...named,
    ...(intent === undefined ? {} : { intent: { className: intent.label, score: intent.score } }),
    slots: tokenClassValues(pages),
  };
}

async function findDomain(
  context: NlpContext,
  { query, options }: AnalyzeIntentRequest,
  signal: AbortSignal,
): Promise<Domain> {
  const language = options === undefined || options.lang === "" ? DEFAULT_LANGUAGE : options.lang;
  const ofTask = (wanted: LanguageTask): LanguageModel[] =>
    byLanguage(
      context.models.filter(({ task }) => task === wanted),
      language,
    );
  const intents = ofTask("intent_slot");
  const withDomain = (domain: string): LanguageModel | undefined =>
    intents.find((model) => model.domain === domain || model.name === `riva_intent_${domain}`);
  const given = options?.domain ?? "";
  if (given !== "") {
    const model = withDomain(given);
    if (model === undefined) throw notAModel(`riva_intent_${given}`, intents);
    return { name: given, score: 1, model };
  }
  const classifier = ofTask("text_classification").find(
    ({ domain }) => domain === DOMAIN_CLASSIFIER,
  );
  if (classifier === undefined) {
    const [only] = intents;
    if (intents.length !== 1 || only === undefined)
      return { name: NO_DOMAIN, score: 0, model: undefined };
    return { name: only.domain, score: 1, model: only };
  }
  const [best] = classesOf(await runPages(context, classifier, { PIPELINE_INPUT: query }, signal));
  const model = withDomain(best?.label ?? "");
  return {
    name: model === undefined ? NO_DOMAIN : (best?.label ?? ""),
    score: best?.score ?? 0,
    model,
  };
}
