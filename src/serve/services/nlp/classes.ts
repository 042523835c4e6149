/** Classes of a text out of a pipeline's pages. */
import type { Tensors } from "../../../tensor/tensor.ts";
import {
  meanProbabilities,
  rankClasses,
  type RankedClass,
} from "../../../text/language/classes.ts";
import { numbers, strings } from "./pages.ts";

/** The most probable first. A page weighs as much as it has words. */
export function classesOf(pages: readonly Tensors[]): RankedClass[] {
  const labels = strings(pages[0] ?? {}, "CLASS_LABELS");
  const places = new Map(labels.map((label, i) => [label, i]));
  const votes = pages.map((page) => {
    const scores = numbers(page, "CLASS_SCORES");
    const probabilities = new Float64Array(labels.length);
    strings(page, "CLASS_LABELS").forEach((label, i) => {
      probabilities[places.get(label) ?? 0] = scores[i] ?? 0;
    });
    return { probabilities, weight: strings(page, "WORDS").length };
  });
  return rankClasses(labels, meanProbabilities(votes, labels.length));
}
