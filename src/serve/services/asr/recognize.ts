/** Recognize: a whole recording in one message. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext } from "nice-grpc";
import {
  RecognitionConfigSchema,
  type RecognizeRequest,
  type RecognizeResponseSchema,
} from "../../../gen/riva_asr_pb.ts";
import { openAudioInput } from "../../audio/audio-input.ts";
import { audioError } from "../../audio/decoder.ts";
import { configurationRows } from "./configuration.ts";
import { withPunctuation } from "./punctuation.ts";
import { RecognitionStream } from "./recognition-stream.ts";
import { wholeResult } from "./results.ts";
import { selectModel } from "./select-model.ts";
import type { AsrContext } from "./context.ts";
import type { FinalTranscript, Transcripts } from "./transcripts.ts";

/** @throws ToolError INVALID_REQUEST for an unknown model or audio that cannot be read */
export async function recognize(
  context: AsrContext,
  request: RecognizeRequest,
  { signal }: Pick<CallContext, "signal">,
): Promise<MessageInitShape<typeof RecognizeResponseSchema>> {
  const { engine, models, log } = context;
  log("INFO", "ASRService.Recognize called.");
  const config = request.config ?? create(RecognitionConfigSchema);
  const model = selectModel(models, "offline", config);
  if (request.audio.length === 0) {
    throw audioError("empty audio", "put the recording into the field 'audio'");
  }
  const input = openAudioInput(config, model.sampleRate);
  const configuration = configurationRows(config);
  const stream = new RecognitionStream({ engine, model, configuration, signal });
  log("INFO", `Using model ${model.name} for inference`);
  const finals: FinalTranscript[] = [];
  const keep = (transcripts: Transcripts | undefined): void => {
    finals.push(...(transcripts?.finals ?? []));
  };
  try {
    for await (const samples of input.push(request.audio)) {
      for await (const transcripts of stream.push(samples)) keep(transcripts);
    }
    for await (const samples of input.finish()) {
      for await (const transcripts of stream.push(samples)) keep(transcripts);
    }
    keep(await stream.finish());
    const punctuated = await withPunctuation(context, finals, { config, model, signal });
    return {
      results: [wholeResult(punctuated, config, stream.audioProcessed)],
      ...(request.id === undefined ? {} : { id: request.id }),
    };
  } finally {
    input.close();
    await stream.abandon();
  }
}
