/**
 * Choosing answers: spans of the passage ranked by the sum of the logits of their first and last
 * token, equal texts once, and the question of whether there is an answer at all.
 */

export interface AnswerSettings {
  /** Starts, ends and answers to consider. */
  readonly bestCount: number;
  /** The model may say that there is no answer. */
  readonly mayBeMissing: boolean;
  /** How much better "no answer" must score than the best answer. */
  readonly missingThreshold: number;
}

/** Logits of the first and last token, or of `[CLS]` for "no answer". */
export interface SpanLogits {
  readonly start: number;
  readonly end: number;
}

export interface Answer extends SpanLogits {
  /** Empty: no answer. */
  readonly text: string;
}

export interface RankedAnswer {
  readonly text: string;
  /** Probability among the answers that were considered. */
  readonly score: number;
}

/** The best first; of equal texts only the best, at most `bestCount`. The order of ties stays. */
export function bestAnswers<T extends SpanLogits>(
  candidates: readonly T[],
  textOf: (candidate: T) => string,
  { bestCount }: AnswerSettings,
): Answer[] {
  const sorted = [...candidates].sort((a, b) => b.start + b.end - (a.start + a.end));
  const found = new Map<string, Answer>();
  for (const candidate of sorted) {
    if (found.size >= bestCount) break;
    const text = textOf(candidate);
    if (found.has(text)) continue;
    found.set(text, { text, start: candidate.start, end: candidate.end });
  }
  return [...found.values()];
}

/**
 * The answers in the order in which a client wants them: the decision first, then the rest.
 * @param missing logits of "no answer" in the window where it is least likely
 */
export function rankAnswers(
  answers: readonly Answer[],
  missing: SpanLogits,
  settings: AnswerSettings,
): RankedAnswer[] {
  const considered = settings.mayBeMissing ? withMissing(answers, missing, settings) : answers;
  const scores = softmax(considered.map(({ start, end }) => start + end));
  const ranked = considered.map(({ text }, i) => ({ text, score: scores[i] as number }));
  const [decision = 0] = settings.mayBeMissing ? [decide(considered, missing, settings)] : [];
  const first = ranked[decision];
  if (first === undefined) return [{ text: "", score: 0 }];
  return [first, ...ranked.filter((_, i) => i !== decision)];
}

/** "No answer" competes with the others, and is kept if it comes last. */
function withMissing(
  answers: readonly Answer[],
  missing: SpanLogits,
  settings: AnswerSettings,
): Answer[] {
  const none = { text: "", start: missing.start, end: missing.end };
  const best = bestAnswers([...answers, none], ({ text }) => text, settings);
  return best.some(({ text }) => text === "") ? best : [...best, none];
}

function decide(
  considered: readonly Answer[],
  missing: SpanLogits,
  { missingThreshold }: AnswerSettings,
): number {
  const best = considered.findIndex(({ text }) => text !== "");
  const none = considered.findIndex(({ text }) => text === "");
  const answer = considered[best];
  if (answer === undefined) return none;
  const difference = missing.start + missing.end - answer.start - answer.end;
  return difference > missingThreshold ? none : best;
}

function softmax(values: readonly number[]): number[] {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
