/**
 * Automatic punctuation of finished utterances. Words keep their number, so each word of the
 * transcript stays the one whose times are given. Running utterances are left as they are: what
 * follows would change their punctuation with every word.
 */
import type { RecognitionConfig } from "../../../gen/riva_asr_pb.ts";
import type { RecognitionModel } from "./models.ts";
import type { AsrContext } from "./context.ts";
import { type FinalTranscript, splitWords } from "./transcripts.ts";

export interface PunctuationRequest {
  readonly config: Pick<RecognitionConfig, "enableAutomaticPunctuation">;
  readonly model: RecognitionModel;
  readonly signal: AbortSignal;
}

/** The transcripts as they came if punctuation is not asked for, or not deployed for the language. */
export async function withPunctuation(
  { punctuate, log }: Pick<AsrContext, "punctuate" | "log">,
  finals: readonly FinalTranscript[],
  { config, model, signal }: PunctuationRequest,
): Promise<readonly FinalTranscript[]> {
  if (!config.enableAutomaticPunctuation || finals.length === 0) return finals;
  const texts = finals.flatMap(({ alternatives }) => alternatives.map((a) => a.transcript));
  const punctuated = await punctuate(texts, model.languageCode, signal);
  if (punctuated === undefined) {
    log("WARNING", `no punctuation model for ${model.languageCode}: transcripts stay without`);
    return finals;
  }
  let next = 0;
  return finals.map(({ alternatives, words }) => {
    const changed = alternatives.map((alternative) => ({
      ...alternative,
      transcript: punctuated[next++] ?? alternative.transcript,
    }));
    const spoken = splitWords(changed[0]?.transcript ?? "");
    return {
      alternatives: changed,
      words: words.map((word, i) => ({ ...word, word: spoken[i] ?? word.word })),
    };
  });
}
