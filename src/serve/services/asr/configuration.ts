/** The client's endpointing and free configuration as the rows of `CUSTOM_CONFIGURATION`. */
import type { RecognitionConfig } from "../../../gen/riva_asr_pb.ts";
import { type Tensor, tensor } from "../../../tensor/tensor.ts";

type Configuration = Pick<RecognitionConfig, "endpointingConfig" | "customConfiguration">;

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
  return rows;
}

/** STRING [1, rows, 2]. */
export function configurationTensor(rows: readonly (readonly [string, string])[]): Tensor {
  return tensor("string", rows.flat(), [1, rows.length, 2]);
}
