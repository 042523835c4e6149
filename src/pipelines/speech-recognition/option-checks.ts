/** Checks of single options that need neither the model nor the other archives. */
import { ToolError } from "../../errors/tool-error.ts";
import { entryKind } from "../../io/folder.ts";
import type { Mode } from "./chunks.ts";
import type { Given, OptionName, Values } from "./option-effects.ts";
import { speechRecognitionOptions } from "./options.ts";

/** @throws ToolError USAGE */
export function checkOptions(values: Values): void {
  for (const option of ["name", "acoustic_model_name", "featurizer_name"] as const) {
    if (values[option] !== undefined) checkModelFolderName(option, values[option]);
  }
  checkLanguageCode(values.language_code);
}

function checkModelFolderName(option: string, name: string): void {
  if (name === "") {
    throw new ToolError("USAGE", `--${option} is empty`, {
      hint: "give a name, or leave the option out; was a variable of the shell not set?",
    });
  }
  if (/^[^./\\\0\s][^/\\\0]*$/.test(name)) return;
  throw new ToolError("USAGE", `--${option}: "${name}" cannot be the name of a folder`, {
    hint: "use letters, digits, '-', '_' and '.'",
  });
}

function checkLanguageCode(code: string): void {
  if (/^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(code)) return;
  const mended = code.replaceAll("_", "-");
  throw new ToolError("USAGE", `--language_code: expected a BCP-47 code, got "${code}"`, {
    hint: mended === code ? "for example en-US or de-DE" : `did you mean ${mended}?`,
  });
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

/**
 * Files that options name must exist.
 * @throws ToolError NOT_FOUND, or USAGE for a key, which only archives have
 */
export async function checkFiles(values: Values, given: Given): Promise<void> {
  for (const [name, spec] of Object.entries(speechRecognitionOptions)) {
    if (spec.type !== "path" || !given.has(name as OptionName)) continue;
    const path = values[name as OptionName] as string;
    if ((await entryKind(path)) === "file") continue;
    const beforeColon = path.slice(0, path.lastIndexOf(":"));
    if (path.includes(":") && (await entryKind(beforeColon)) === "file") {
      throw new ToolError("USAGE", `--${name}: only archives carry a key`, {
        hint: `write --${name}=${beforeColon}`,
      });
    }
    throw new ToolError("NOT_FOUND", `--${name}: no such file`, {
      at: path,
      hint: "check the spelling; a relative path starts at the current folder",
    });
  }
}
