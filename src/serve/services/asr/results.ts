/** Transcripts as the messages of the Riva API. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  RecognitionConfig,
  SpeechRecognitionAlternativeSchema,
  SpeechRecognitionResultSchema,
  StreamingRecognitionResultSchema,
} from "../../../gen/riva_asr_pb.ts";
import type { FinalTranscript, PartialTranscript } from "./transcripts.ts";

type Alternative = MessageInitShape<typeof SpeechRecognitionAlternativeSchema>;
type Result = MessageInitShape<typeof SpeechRecognitionResultSchema>;
type StreamingResult = MessageInitShape<typeof StreamingRecognitionResultSchema>;

/** Only the first channel is recognised. */
const FIRST_CHANNEL = 1;

/** Finals end in one space: clients glue them together without any. */
const finalText = (text: string): string => `${text.trim()} `;

/** A finished utterance of a stream. */
export function finalResult(
  final: FinalTranscript,
  config: RecognitionConfig,
  audioProcessed: number,
): StreamingResult {
  return {
    alternatives: alternativesOf(final, config),
    isFinal: true,
    channelTag: FIRST_CHANNEL,
    audioProcessed,
  };
}

/** The running utterance of a stream; replaced by the next one. */
export function interimResult(
  { transcript, stability }: PartialTranscript,
  audioProcessed: number,
): StreamingResult {
  return {
    alternatives: [{ transcript }],
    isFinal: false,
    stability,
    channelTag: FIRST_CHANNEL,
    audioProcessed,
  };
}

/** A whole recording: its utterances as one result, which has an alternative in any case. */
export function wholeResult(
  finals: readonly FinalTranscript[],
  config: RecognitionConfig,
  audioProcessed: number,
): Result {
  const [only] = finals;
  const alternatives =
    finals.length === 1 && only !== undefined
      ? alternativesOf(only, config)
      : [joinFinals(finals, config)];
  return { alternatives, channelTag: FIRST_CHANNEL, audioProcessed };
}

function alternativesOf(final: FinalTranscript, config: RecognitionConfig): Alternative[] {
  return final.alternatives
    .slice(0, Math.max(1, config.maxAlternatives))
    .map(({ transcript, confidence }, index) => ({
      transcript: finalText(transcript),
      confidence,
      words: index === 0 ? wordsOf(final, config) : [],
    }));
}

function joinFinals(finals: readonly FinalTranscript[], config: RecognitionConfig): Alternative {
  const best = finals.flatMap(({ alternatives }) => alternatives.slice(0, 1));
  return {
    transcript: best.map(({ transcript }) => finalText(transcript)).join(""),
    confidence:
      best.reduce((sum, { confidence }) => sum + confidence, 0) / Math.max(1, best.length),
    words: finals.flatMap((final) => wordsOf(final, config)),
  };
}

function wordsOf(final: FinalTranscript, config: RecognitionConfig): Alternative["words"] & object {
  if (!config.enableWordTimeOffsets) return [];
  return final.words.map(({ word, startMs, endMs, confidence }) => ({
    word,
    startTime: startMs,
    endTime: endMs,
    confidence,
  }));
}
