/** Entities and slots out of a pipeline's pages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TokenClassValueSchema } from "../../../gen/riva_nlp_pb.ts";
import type { Tensors } from "../../../tensor/tensor.ts";
import { findEntities, type LabelledWord } from "../../../text/language/entities.ts";
import { numbers, strings } from "./pages.ts";

type TokenClassValue = MessageInitShape<typeof TokenClassValueSchema>;

/** As messages: one label each, and the span with its last character. */
export function tokenClassValues(pages: readonly Tensors[]): TokenClassValue[] {
  return entitiesOf(pages).map(({ text, start, end, label, score }) => ({
    token: text,
    label: [{ className: label, score }],
    span: [{ start, end: end - 1 }],
  }));
}

/** An entity may go on from one page to the next: then the words are put together again. */
function entitiesOf(pages: readonly Tensors[]): LabelledWord[] {
  const [only] = pages;
  if (pages.length === 1 && only !== undefined) return labelled(only, ["ENTITY", "ENTITY_TEXTS"]);
  return findEntities(pages.flatMap((page) => labelled(page, ["WORD", "WORDS"])));
}

function labelled(page: Tensors, [prefix, texts]: readonly [string, string]): LabelledWord[] {
  const labels = strings(page, `${prefix}_LABELS`);
  const scores = numbers(page, `${prefix}_SCORES`);
  const spans = numbers(page, `${prefix}_SPANS`);
  return strings(page, texts).map((text, i) => ({
    text,
    start: spans[2 * i] ?? 0,
    end: spans[2 * i + 1] ?? 0,
    label: labels[i] ?? "",
    score: scores[i] ?? 0,
  }));
}
