/** What must be right about a synthesis request before any voice speaks. */
import type { SynthesizeSpeechRequest } from "../../../gen/riva_tts_pb.ts";
import { requestError } from "../../engine/request-error.ts";

/** @throws ToolError INVALID_REQUEST */
export function checkRequest(request: SynthesizeSpeechRequest): void {
  const { text, zeroShotData, customConfiguration } = request;
  if (text.trim() === "") {
    throw requestError("empty text", "put what shall be spoken into the field 'text'");
  }
  if (zeroShotData !== undefined && zeroShotData.audioPrompt.length > 0) {
    throw requestError(
      "Zero-shot synthesis is not supported by this voice.",
      "leave zero_shot_data out; the voices that are deployed speak as they were trained",
    );
  }
  const [key] = Object.keys(customConfiguration);
  if (key !== undefined) {
    throw requestError(
      `Unsupported custom_configuration key: ${key}`,
      "leave custom_configuration out; SSML sets rate, pitch and volume",
    );
  }
}
