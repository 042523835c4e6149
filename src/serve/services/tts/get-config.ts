/** GetRivaSynthesisConfig: the deployed voices with their parameters. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  RivaSynthesisConfigRequest,
  RivaSynthesisConfigResponseSchema,
} from "../../../gen/riva_tts_pb.ts";
import type { VoiceModel } from "./voices.ts";

/** All models, or the named one; an unknown name gives an empty list. */
export function getConfig(
  voices: readonly VoiceModel[],
  { modelName }: RivaSynthesisConfigRequest,
): MessageInitShape<typeof RivaSynthesisConfigResponseSchema> {
  return {
    modelConfig: voices
      .filter(({ name }) => modelName === "" || name === modelName)
      .map(({ name, parameters, languageCode, voiceName, subvoices, sampleRate }) => ({
        modelName: name,
        parameters: {
          ...parameters,
          // clients look these up without checking that they are there
          language_code: languageCode,
          voice_name: voiceName,
          subvoices: subvoices.map((one) => `${one.name}:${one.speaker}`).join(","),
          sample_rate: String(sampleRate),
          sample_rate_hz: String(sampleRate),
        },
      })),
  };
}
