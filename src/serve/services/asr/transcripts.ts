/** The decoder's output tensors as transcripts: what is final and what is running. */
import type { Tensor, Tensors } from "../../../tensor/tensor.ts";

export interface TranscriptWord {
  readonly word: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly confidence: number;
}

export interface FinalTranscript {
  /** Best first; at least one. */
  readonly alternatives: readonly { readonly transcript: string; readonly confidence: number }[];
  /** Of the first alternative. */
  readonly words: readonly TranscriptWord[];
}

export interface PartialTranscript {
  readonly transcript: string;
  readonly stability: number;
}

export interface Transcripts {
  readonly finals: readonly FinalTranscript[];
  readonly partial: PartialTranscript | undefined;
}

/** Times are those of the tensors; see docs/formats/speech-recognition-repository.md. */
export function readTranscripts(outputs: Tensors): Transcripts {
  const texts = strings(outputs["FINAL_TRANSCRIPTS"]);
  const [, rows = 0, columns = 0] = outputs["FINAL_TRANSCRIPTS"]?.shape ?? [];
  const scores = numbers(outputs["FINAL_TRANSCRIPTS_SCORE"]);
  const times = numbers(outputs["FINAL_WORDS_START_END"]);
  const wordScores = numbers(outputs["FINAL_WORDS_SCORE"]);
  const finals: FinalTranscript[] = [];
  let word = 0;
  for (let row = 0; row < rows; row++) {
    const alternatives = texts
      .slice(row * columns, (row + 1) * columns)
      .map((transcript, column) => ({
        transcript,
        confidence: scores[row * columns + column] ?? 0,
      }))
      .filter(({ transcript }) => transcript.trim() !== "");
    const spoken = splitWords(texts[row * columns] ?? "");
    const words = spoken.map((text, index) => ({
      word: text,
      startMs: times[2 * (word + index)] ?? 0,
      endMs: times[2 * (word + index) + 1] ?? 0,
      confidence: wordScores[word + index] ?? 0,
    }));
    word += spoken.length;
    if (alternatives.length > 0) finals.push({ alternatives, words });
  }
  return { finals, partial: readPartial(outputs) };
}

function readPartial(outputs: Tensors): PartialTranscript | undefined {
  const transcript = strings(outputs["PARTIAL_TRANSCRIPTS"])[0] ?? "";
  if (transcript.trim() === "") return undefined;
  return { transcript, stability: numbers(outputs["PARTIAL_TRANSCRIPTS_STABILITY"])[0] ?? 0 };
}

/** The words of a transcript; one space stands between two. */
export function splitWords(transcript: string): string[] {
  return transcript.split(" ").filter((text) => text !== "");
}

function strings(tensor: Tensor | undefined): readonly string[] {
  return tensor?.dtype === "string" ? tensor.data : [];
}

function numbers(tensor: Tensor | undefined): ArrayLike<number> {
  return tensor?.dtype === "float32" || tensor?.dtype === "int32" ? tensor.data : [];
}
