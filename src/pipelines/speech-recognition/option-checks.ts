/** Checks of single options that need neither the model nor the other archives. */
import { ToolError } from "../../errors/tool-error.ts";
import { checkLanguageCode, checkModelFolderName } from "../option-checks.ts";
import type { Mode } from "./chunks.ts";
import type { Values } from "./option-effects.ts";

/** @throws ToolError USAGE */
export function checkOptions(values: Values): void {
  for (const option of ["name", "acoustic_model_name", "featurizer_name"] as const) {
    if (values[option] !== undefined) checkModelFolderName(option, values[option]);
  }
  checkLanguageCode(values.language_code);
}

/** @throws ToolError USAGE for `--streaming=False` without `--offline` */
export function modeOf(values: Values): Mode {
  if (values.streaming) return values.offline ? "offline" : "streaming";
  if (values.offline) return "oneShot";
  throw new ToolError(
    "USAGE",
    "--streaming=False takes a recording at once, which needs --offline",
    {
      hint: "add --offline, or leave --streaming=False out for a streaming pipeline",
    },
  );
}

/** `-streaming`, `-streaming-offline` or `-offline`: the end of the model names. */
export function modeSuffix(mode: Mode): string {
  return { streaming: "-streaming", offline: "-streaming-offline", oneShot: "-offline" }[mode];
}
