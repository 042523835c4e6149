/** GetRivaSpeechRecognitionConfig: the deployed models with their parameters. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  RivaSpeechRecognitionConfigRequest,
  RivaSpeechRecognitionConfigResponseSchema,
} from "../../../gen/riva_asr_pb.ts";
import type { RecognitionModel } from "./models.ts";

/** All models, or the named one; an unknown name gives an empty list. */
export function getConfig(
  models: readonly RecognitionModel[],
  { modelName }: RivaSpeechRecognitionConfigRequest,
): MessageInitShape<typeof RivaSpeechRecognitionConfigResponseSchema> {
  return {
    modelConfig: models
      .filter(({ name }) => modelName === "" || name === modelName)
      .map(({ name, parameters, languageCode, type, sampleRate }) => ({
        modelName: name,
        parameters: {
          ...parameters,
          // clients look these up without checking that they are there
          language_code: languageCode,
          type,
          sample_rate: String(sampleRate),
          sample_rate_hertz: String(sampleRate),
          streaming: type === "online" ? "True" : "False",
        },
      })),
  };
}
