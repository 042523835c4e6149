/**
 * The most probable first and last tokens of each window to answers. Beside the ranking of this
 * page come the candidates it was made from, so that the pages of a long passage can be ranked
 * together.
 */
import { type Tensors, tensor } from "../../tensor/tensor.ts";
import { type AnswerFinder, answerFinder, joinPieces } from "../../text/language/answer-text.ts";
import {
  type AnswerSettings,
  bestAnswers,
  rankAnswers,
  type SpanLogits,
} from "../../text/language/answers.ts";
import { checkRows, readMatrix } from "../language/matrix.ts";
import { booleanParameter, numberParameter } from "../parameters.ts";
import { defineStep, type StepSetup } from "../step.ts";
import { QA_WINDOW_TENSORS, type QaWindows, readQaWindows } from "./windows.ts";

interface Settings extends AnswerSettings {
  /** Tokens of an answer. */
  readonly maxAnswerTokens: number;
  readonly lowerCase: boolean;
}

interface Candidate extends SpanLogits {
  /** Tokens of the page's part of the passage; the end exclusive. */
  readonly fromToken: number;
  readonly toToken: number;
  readonly fromWord: number;
  readonly toWord: number;
}

export const qaPostprocessor = defineStep({
  name: "qa-postprocessor",
  doc: "best first and last tokens of windows to answers",
  stateful: false,
  hasBatchAxis: false,
  inputs: [
    { name: "START_LOGITS", dtype: "float32", dims: [-1, -1] },
    { name: "START_INDEXES", dtype: "int32", dims: [-1, -1] },
    { name: "END_LOGITS", dtype: "float32", dims: [-1, -1] },
    { name: "END_INDEXES", dtype: "int32", dims: [-1, -1] },
    { name: "NULL_LOGITS", dtype: "float32", dims: [-1, 2] },
    ...QA_WINDOW_TENSORS,
  ],
  outputs: [
    { name: "ANSWERS", dtype: "string", dims: [-1] },
    { name: "ANSWER_SCORES", dtype: "float32", dims: [-1] },
    { name: "CANDIDATES", dtype: "string", dims: [-1] },
    { name: "CANDIDATE_LOGITS", dtype: "float32", dims: [-1, 2] },
    { name: "MISSING_LOGITS", dtype: "float32", dims: [2] },
  ],
  load: (setup) => {
    const settings = parseSettings(setup);
    return { open: () => undefined, run: (inputs) => answer(inputs, settings) };
  },
});

function parseSettings(setup: StepSetup): Settings {
  const whole = { min: 1, isWhole: true } as const;
  return {
    bestCount: numberParameter(setup, "n_best_size", whole),
    mayBeMissing: booleanParameter(setup, "version_2_with_negative", false),
    missingThreshold: numberParameter(setup, "null_score_diff_threshold", { fallback: 0 }),
    maxAnswerTokens: numberParameter(setup, "max_answer_length", whole),
    lowerCase: booleanParameter(setup, "do_lower_case", true),
  };
}

function answer(inputs: Tensors, settings: Settings): Tensors {
  const windows = readQaWindows(inputs);
  const { contextTokens, contextWords } = windows;
  // many candidates lie in the same words
  const finders = new Map<string, AnswerFinder>();
  const finderFor = ({ fromWord, toWord }: Candidate): AnswerFinder => {
    const key = `${fromWord} ${toWord}`;
    const known = finders.get(key);
    if (known !== undefined) return known;
    const words = contextWords.slice(fromWord, toWord).join(" ");
    const finder = answerFinder(words, settings.lowerCase);
    finders.set(key, finder);
    return finder;
  };
  const answers = bestAnswers(
    findCandidates(inputs, windows, settings),
    (candidate) => {
      const { fromToken, toToken } = candidate;
      return finderFor(candidate)(joinPieces(contextTokens.slice(fromToken, toToken)));
    },
    settings,
  );
  const missing = leastMissing(inputs);
  const ranked = rankAnswers(answers, missing, settings);
  const strings = (texts: readonly string[]) => tensor("string", texts);
  return {
    ANSWERS: strings(ranked.map(({ text }) => text)),
    ANSWER_SCORES: tensor(
      "float32",
      Float32Array.from(ranked, ({ score }) => score),
    ),
    CANDIDATES: strings(answers.map(({ text }) => text)),
    CANDIDATE_LOGITS: tensor(
      "float32",
      Float32Array.from(answers.flatMap(({ start, end }) => [start, end])),
      [answers.length, 2],
    ),
    MISSING_LOGITS: tensor("float32", Float32Array.of(missing.start, missing.end)),
  };
}

/** The logits of `[CLS]` in the window where they are lowest. */
function leastMissing(inputs: Tensors): SpanLogits {
  const { rows, data } = readMatrix(inputs, "NULL_LOGITS", "float32");
  let least: SpanLogits | undefined;
  for (let row = 0; row < rows; row++) {
    const [start = 0, end = 0] = data.subarray(2 * row, 2 * row + 2);
    if (least === undefined || start + end < least.start + least.end) least = { start, end };
  }
  return least ?? { start: 0, end: 0 };
}

function findCandidates(inputs: Tensors, qa: QaWindows, settings: Settings): Candidate[] {
  const starts = readMatrix(inputs, "START_INDEXES", "int32");
  const ends = readMatrix(inputs, "END_INDEXES", "int32");
  const startLogits = readMatrix(inputs, "START_LOGITS", "float32");
  const endLogits = readMatrix(inputs, "END_LOGITS", "float32");
  for (const matrix of [starts, ends, startLogits, endLogits]) {
    checkRows("START_INDEXES", matrix, qa.words.rows);
  }
  const candidates: Candidate[] = [];
  for (let row = 0; row < qa.words.rows; row++) {
    for (let i = 0; i < starts.columns; i++) {
      const from = starts.data[row * starts.columns + i] as number;
      const start = startLogits.data[row * starts.columns + i] as number;
      if (qa.mayStart.data[row * qa.words.columns + from] !== 1) continue;
      for (let j = 0; j < ends.columns; j++) {
        const to = ends.data[row * ends.columns + j] as number;
        const end = endLogits.data[row * ends.columns + j] as number;
        if (to < from || to - from >= settings.maxAnswerTokens) continue;
        const place = placeOf(qa, row, from, to);
        if (place !== undefined) candidates.push({ start, end, ...place });
      }
    }
  }
  return candidates;
}

/** Undefined if the end is not in the passage. */
function placeOf({ words, windows }: QaWindows, row: number, from: number, to: number) {
  const fromWord = words.data[row * words.columns + from] ?? -1;
  const toWord = words.data[row * words.columns + to] ?? -1;
  if (fromWord < 0 || toWord < 0) return undefined;
  const [firstToken = 0, place = 0] = windows.data.subarray(2 * row, 2 * row + 2);
  const shift = firstToken - place;
  return { fromToken: from + shift, toToken: to + shift + 1, fromWord, toWord: toWord + 1 };
}
