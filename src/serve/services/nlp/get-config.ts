/** GetRivaNLPConfig: the deployed models with their parameters. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  RivaNLPConfigRequest,
  RivaNLPConfigResponseSchema,
} from "../../../gen/riva_nlp_pb.ts";
import type { LanguageModel } from "./models.ts";

/** All models, or the named one; an unknown name gives an empty list. */
export function getConfig(
  models: readonly LanguageModel[],
  { modelName }: RivaNLPConfigRequest,
): MessageInitShape<typeof RivaNLPConfigResponseSchema> {
  return {
    modelConfig: models
      .filter(({ name }) => modelName === "" || name === modelName)
      .map(({ name, parameters, languageCode, task }) => ({
        modelName: name,
        parameters: { ...parameters, language_code: languageCode, type: task },
      })),
  };
}
