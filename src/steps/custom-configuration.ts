/**
 * `CUSTOM_CONFIGURATION`: rows of key and value that a client sends with a request. Endpointing
 * values stay in force for the rest of the stream; `force_eou` counts for its own request. Keys of
 * other components are not looked at.
 */
import type { EndpointingSettings } from "../decoding/endpointing.ts";
import { MAX_HISTORY_MS } from "../decoding/endpointing.ts";
import { ToolError } from "../errors/tool-error.ts";
import type { Tensors } from "../tensor/tensor.ts";
import { invalidInput, readInput } from "./inputs.ts";

const NAME = "CUSTOM_CONFIGURATION";

/** @throws ToolError INVALID_REQUEST if the rows are not pairs. */
export function readCustomConfiguration(inputs: Tensors): ReadonlyMap<string, string> {
  if (inputs[NAME] === undefined) return new Map();
  const texts = readInput(inputs, NAME, "string");
  if (texts.length % 2 !== 0)
    throw invalidInput(NAME, `expected pairs, got ${texts.length} strings`);
  const pairs = new Map<string, string>();
  for (let row = 0; row < texts.length; row += 2)
    pairs.set(texts[row] as string, texts[row + 1] as string);
  return pairs;
}

/** The client wants the running utterance closed after this request. */
export function wantsForcedEnd(configuration: ReadonlyMap<string, string>): boolean {
  return configuration.get("force_eou")?.toLowerCase() === "true";
}

const ENDPOINTING_KEYS: Readonly<
  Record<string, { field: keyof EndpointingSettings; max: number }>
> = {
  start_history: { field: "startHistoryMs", max: MAX_HISTORY_MS },
  start_threshold: { field: "startThreshold", max: 1 },
  stop_history: { field: "stopHistoryMs", max: MAX_HISTORY_MS },
  stop_threshold: { field: "stopThreshold", max: 1 },
  stop_history_eou: { field: "stopHistoryEouMs", max: MAX_HISTORY_MS },
  stop_threshold_eou: { field: "stopThresholdEou", max: 1 },
};

/**
 * Settings with what the client set; a value of 0 or less keeps the model's, as in Riva.
 * @throws ToolError INVALID_REQUEST for what is not a number or too large.
 */
export function overrideEndpointing(
  settings: EndpointingSettings,
  configuration: ReadonlyMap<string, string>,
): EndpointingSettings {
  const changed = { ...settings };
  for (const [key, { field, max }] of Object.entries(ENDPOINTING_KEYS)) {
    const text = configuration.get(key);
    if (text === undefined) continue;
    const value = Number(text);
    if (text.trim() === "" || !(value <= max)) {
      throw new ToolError(
        "INVALID_REQUEST",
        `${key}: expected a number up to ${max}, got "${text}"`,
        {
          at: `input ${NAME}`,
          hint: "windows are milliseconds, thresholds are shares from 0 to 1; 0 or less keeps the model's value",
        },
      );
    }
    if (value > 0) changed[field] = value;
  }
  return changed;
}
