/**
 * Which model answers a request: the one that is named, else the first of the wanted type in the
 * wanted language; the base language is good enough (`es-US` and `es`).
 */
import { ToolError } from "../../../errors/tool-error.ts";
import type { RecognitionConfig } from "../../../gen/riva_asr_pb.ts";
import { byLanguage, DEFAULT_LANGUAGE } from "../language.ts";
import type { RecognitionModel, RecognitionType } from "./models.ts";

type Wish = Pick<RecognitionConfig, "model" | "languageCode" | "sampleRateHertz">;

/** @throws ToolError INVALID_REQUEST in Riva's words, which clients and their tests compare */
export function selectModel(
  models: readonly RecognitionModel[],
  type: RecognitionType,
  wish: Wish,
): RecognitionModel {
  if (wish.model !== "") return selectByName(models, type, wish);
  const ofType = models.filter((model) => model.type === type);
  const [only] = ofType;
  if (wish.languageCode === "" && ofType.length === 1 && only !== undefined) return only;
  const language = wish.languageCode === "" ? DEFAULT_LANGUAGE : wish.languageCode;
  const found = byLanguage(ofType, language);
  const sameRate = found.find((model) => model.sampleRate === wish.sampleRateHertz);
  const chosen = sameRate ?? found[0];
  if (chosen !== undefined) return chosen;
  // The sentence of servers up to 2.6: the official clients' tests want it, and nothing after it.
  throw unavailable(`Error: Unavailable model requested. Lang: ${language}, Type: ${type}`, models);
}

/** A model of the other type is served too, as Riva does. */
function selectByName(
  models: readonly RecognitionModel[],
  type: RecognitionType,
  { model, languageCode, sampleRateHertz }: Wish,
): RecognitionModel {
  const found = models.find(({ name }) => name === model);
  if (found !== undefined) return found;
  throw unavailable(
    `Error: Unavailable model requested given these parameters: language_code=${languageCode}; sample_rate=${sampleRateHertz}; type=${type}; `,
    models,
  );
}

function unavailable(message: string, models: readonly RecognitionModel[]): ToolError {
  const list = models.map(({ name, languageCode, type }) => `${name} (${languageCode}, ${type})`);
  return new ToolError("INVALID_REQUEST", message, {
    hint: list.length === 0 ? "no recognition model is deployed" : `deployed: ${list.join(", ")}`,
  });
}
