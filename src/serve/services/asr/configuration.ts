/** The client's endpointing, boosted words and free configuration as the rows of `CUSTOM_CONFIGURATION`. */
import type { RecognitionConfig } from "../../../gen/riva_asr_pb.ts";
import { WORD_BOOSTS } from "../../../steps/ctc-beam-decoder/boosts.ts";
import { type Tensor, tensor } from "../../../tensor/tensor.ts";

type Configuration = Pick<
  RecognitionConfig,
  "endpointingConfig" | "customConfiguration" | "speechContexts"
>;

/** Key and value rows; what the client left out is left out. */
export function configurationRows(config: Configuration): [string, string][] {
  const rows: [string, string][] = Object.entries(config.customConfiguration);
  const endpointing = config.endpointingConfig;
  const values = {
    start_history: endpointing?.startHistory,
    start_threshold: endpointing?.startThreshold,
    stop_history: endpointing?.stopHistory,
    stop_threshold: endpointing?.stopThreshold,
    stop_history_eou: endpointing?.stopHistoryEou,
    stop_threshold_eou: endpointing?.stopThresholdEou,
  };
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) rows.push([key, String(value)]);
  }
  const boosts = wordBoosts(config.speechContexts);
  if (boosts !== "") rows.push([WORD_BOOSTS, boosts]);
  return rows;
}

/** A line a phrase: `phrase<TAB>boost`. Clients send contexts without phrases, too. */
function wordBoosts(contexts: Configuration["speechContexts"]): string {
  const lines = contexts.flatMap(({ phrases, boost }) =>
    phrases
      .map((phrase) => phrase.trim().replace(/\s+/g, " "))
      .filter((phrase) => phrase !== "" && boost !== 0)
      .map((phrase) => `${phrase}\t${boost}`),
  );
  return lines.join("\n");
}

/** STRING [1, rows, 2]. */
export function configurationTensor(rows: readonly (readonly [string, string])[]): Tensor {
  return tensor("string", rows.flat(), [1, rows.length, 2]);
}
