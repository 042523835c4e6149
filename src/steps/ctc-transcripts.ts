/**
 * Transcripts as the tensors that every decoder of a recognition pipeline gives. A transcript is
 * its words with single spaces between, so words and transcript can always be matched by counting.
 */
import type { CtcText } from "../text/ctc-text.ts";
import { tensor } from "../tensor/tensor.ts";
import type { Tensors } from "../tensor/tensor.ts";
import type { StepTensorSpec } from "./step.ts";

export const TRANSCRIPT_OUTPUTS: readonly StepTensorSpec[] = [
  { name: "FINAL_TRANSCRIPTS", dtype: "string", dims: [-1, -1] },
  { name: "FINAL_TRANSCRIPTS_SCORE", dtype: "float32", dims: [-1] },
  { name: "FINAL_WORDS_START_END", dtype: "int32", dims: [-1, 2] },
  { name: "FINAL_WORDS_SCORE", dtype: "float32", dims: [-1] },
  { name: "PARTIAL_TRANSCRIPTS", dtype: "string", dims: [-1] },
  { name: "PARTIAL_TRANSCRIPTS_STABILITY", dtype: "float32", dims: [-1] },
  { name: "PARTIAL_WORDS_START_END", dtype: "int32", dims: [-1, 2] },
  { name: "PARTIAL_WORDS_SCORE", dtype: "float32", dims: [-1] },
];

/** What Riva says of a transcript that may change, and of one whose utterance seems to have ended. */
const RUNNING_STABILITY = 0.1;
const NOTICED_STABILITY = 1;
const RUNNING_NOTICED = -2;

/** @param end of the segment's row: negative, for the utterance is running */
export function stabilityOf(end: number): number {
  return end === RUNNING_NOTICED ? NOTICED_STABILITY : RUNNING_STABILITY;
}

export const hasWords = (text: CtcText): boolean => text.words.length > 0;

export interface PartialTranscript extends CtcText {
  /** 0 to 1: how sure it is that the transcript stays. */
  readonly stability: number;
}

export interface Transcripts {
  /** Utterances that ended, in order; of each its alternatives, at least one, best first. */
  readonly finals: readonly (readonly CtcText[])[];
  readonly partials: readonly PartialTranscript[];
  readonly msPerTimestep: number;
}

export function transcriptTensors({ finals, partials, msPerTimestep }: Transcripts): Tensors {
  const columns = Math.max(1, ...finals.map((alternatives) => alternatives.length));
  // Every row has as many columns; one without that many alternatives ends in empty ones.
  const table = finals.flatMap((alternatives) =>
    Array.from({ length: columns }, (_, column) => alternatives[column] ?? NOTHING),
  );
  const best = finals.flatMap((alternatives) => alternatives.slice(0, 1));
  return {
    FINAL_TRANSCRIPTS: tensor("string", table.map(transcript), [1, finals.length, columns]),
    FINAL_TRANSCRIPTS_SCORE: floats(table.map((text) => text.score)),
    FINAL_WORDS_START_END: wordTimes(best, msPerTimestep),
    FINAL_WORDS_SCORE: wordScores(best),
    PARTIAL_TRANSCRIPTS: tensor("string", partials.map(transcript), [1, partials.length]),
    PARTIAL_TRANSCRIPTS_STABILITY: floats(partials.map((text) => text.stability)),
    PARTIAL_WORDS_START_END: wordTimes(partials, msPerTimestep),
    PARTIAL_WORDS_SCORE: wordScores(partials),
  };
}

const NOTHING: CtcText = { text: "", words: [], score: 0 };

const transcript = (text: CtcText): string => text.words.map((word) => word.text).join(" ");

function wordTimes(texts: readonly CtcText[], msPerTimestep: number): Tensors[string] {
  const times = texts.flatMap(({ words }) =>
    words.map(({ start, end }) => [start * msPerTimestep, end * msPerTimestep]),
  );
  return tensor("int32", Int32Array.from(times.flat(), Math.round), [1, times.length, 2]);
}

function wordScores(texts: readonly CtcText[]): Tensors[string] {
  return floats(texts.flatMap(({ words }) => words.map((word) => word.score)));
}

const floats = (values: readonly number[]): Tensors[string] =>
  tensor("float32", Float32Array.from(values), [1, values.length]);
