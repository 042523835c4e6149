/**
 * Sentences of very many tokens in pieces. The spectrogram model's memory grows with the square of
 * a sentence's length, and text of few characters (a row of digits) may be very long when spoken.
 */
import type { SpeechSentence } from "./front-end.ts";

/**
 * The sentence, or pieces of it that last no longer than `maxTokens` tokens at the voice's own
 * speed, cut at blanks where there are any. The first piece carries the text, the last the pause.
 */
export function cutTokens(
  sentence: SpeechSentence,
  space: number,
  maxTokens: number,
): readonly SpeechSentence[] {
  const pieces: SpeechSentence[] = [];
  let start = 0;
  let weight = 0;
  let lastSpace = -1;
  for (let n = 0; n < sentence.ids.length; n++) {
    weight += weightAt(sentence, n);
    if (weight > maxTokens && n > start) {
      // a blank in the first half would leave a short piece: better a cut within a word
      const end = lastSpace > start + (n - start) / 2 ? lastSpace + 1 : n;
      pieces.push(piece(sentence, start, end));
      start = end;
      weight = 0;
      for (let i = start; i <= n; i++) weight += weightAt(sentence, i);
    }
    if (sentence.ids[n] === space) lastSpace = n;
  }
  if (pieces.length === 0) return [sentence];
  const last = {
    ...piece(sentence, start, sentence.ids.length),
    pauseSeconds: sentence.pauseSeconds,
  };
  return [...pieces, last].map((part, n) => (n === 0 ? part : { ...part, text: "", unknown: [] }));
}

/** Slow speech takes more frames. */
function weightAt({ prosody }: SpeechSentence, n: number): number {
  return 1 / Math.min(1, prosody[n]?.rate ?? 1);
}

function piece(sentence: SpeechSentence, start: number, end: number): SpeechSentence {
  return {
    ...sentence,
    ids: sentence.ids.slice(start, end),
    prosody: sentence.prosody.slice(start, end),
    pauseSeconds: 0,
  };
}
