/**
 * The newer command line of `riva-build` (Hydra): `--config-path=… --config-name=…
 * output_path=OUT 'source_path=[IN, …]' key=value …`. It is brought into the same options and
 * positionals as the classic one.
 */
import { ToolError } from "../errors/tool-error.ts";
import type { GivenOption } from "../options/parse.ts";
import { splitFlowList, splitFlowMap } from "./flow-text.ts";

export interface HydraInput {
  /** `path` or `path:key`. */
  readonly reference: string;
  /** How a `.nemo` input is to be converted first. */
  readonly nemo2riva?: Readonly<Record<string, string>>;
}

export interface HydraCommand {
  readonly pipeline: string;
  readonly configName: string | undefined;
  readonly wantsHelp: boolean;
  /** `path` or `path:key`; undefined only if help is wanted. */
  readonly output: string | undefined;
  readonly inputs: readonly HydraInput[];
  /** As the classic line would give them, `force` included. */
  readonly options: readonly GivenOption[];
}

const PIPELINE_OF_PACKAGE: Readonly<Record<string, string>> = {
  asr: "speech_recognition",
  tts: "speech_synthesis",
};

/** Options that have another name in this form. */
const CLASSIC_NAMES: Readonly<Record<string, string>> = { decoder: "decoder_type" };

/** True if the words are of this form rather than the classic one. */
export function isHydraCommand(words: readonly string[]): boolean {
  return words.some((word) => /^--config-(path|name)\b/.test(word));
}

/** @throws ToolError USAGE */
export function parseHydraCommand(words: readonly string[]): HydraCommand {
  const { flags, overrides, wantsHelp } = splitForms(words);
  const configPath = flags.get("config-path") ?? "pkg://servicemaker.configs.asr";
  const pipeline = PIPELINE_OF_PACKAGE[configPath.split(".").at(-1) ?? ""];
  if (pipeline === undefined) {
    throw new ToolError("USAGE", `--config-path=${configPath}: no such package`, {
      hint: "use pkg://servicemaker.configs.asr or pkg://servicemaker.configs.tts",
    });
  }
  const configName = flags.get("config-name");
  const output = overrides.get("output_path");
  const source = overrides.get("source_path");
  if (!wantsHelp && (output === undefined || source === undefined)) {
    const missing = output === undefined ? "output_path" : "source_path";
    throw new ToolError("USAGE", `missing ${missing}`, {
      hint: "give output_path=OUT.rmir 'source_path=[MODEL.riva]'",
    });
  }
  return {
    pipeline,
    configName,
    wantsHelp,
    output,
    inputs: source === undefined ? [] : parseSources(source),
    options: toOptions(overrides, configName),
  };
}

function splitForms(words: readonly string[]): {
  flags: Map<string, string>;
  overrides: Map<string, string>;
  wantsHelp: boolean;
} {
  const flags = new Map<string, string>();
  const overrides = new Map<string, string>();
  let wantsHelp = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    const flag = /^--(config-path|config-name)(?:=(.*))?$/s.exec(word);
    const override = /^([A-Za-z_][\w.]*)=(.*)$/s.exec(word);
    if (flag !== null) flags.set(flag[1] as string, flag[2] ?? words[++i] ?? "");
    else if (word === "-h" || word === "--help") wantsHelp = true;
    else if (override !== null) overrides.set(override[1] as string, override[2] as string);
    else throw unexpectedWord(word);
  }
  return { flags, overrides, wantsHelp };
}

function unexpectedWord(word: string): ToolError {
  const isForce = word === "-f" || word === "--force";
  const plain = word.replace(/^-+/, "");
  return new ToolError("USAGE", `unexpected "${word}" beside --config-path and --config-name`, {
    hint: isForce
      ? "this form of the command takes force=true"
      : `this form takes key=value: ${plain.includes("=") ? plain : `${plain}=…`}`,
  });
}

function parseSources(text: string): HydraInput[] {
  const items = splitFlowList(text);
  if (items === undefined) {
    throw new ToolError("USAGE", `source_path=${text}: expected a list`, {
      hint: `write 'source_path=[${text}]'`,
    });
  }
  return items.map((item) => {
    const entries = splitFlowMap(item);
    if (entries === undefined) return { reference: item };
    const reference = entries.get("path");
    if (reference === undefined) {
      throw new ToolError("USAGE", `source_path: ${item} has no path`, {
        hint: "write {path: MODEL.nemo, nemo2riva: {format: onnx}}",
      });
    }
    const settings = splitFlowMap(entries.get("nemo2riva") ?? "{}") ?? new Map<string, string>();
    return { reference, nemo2riva: Object.fromEntries(settings) };
  });
}

function toOptions(
  overrides: ReadonlyMap<string, string>,
  configName: string | undefined,
): GivenOption[] {
  const options = [...overrides]
    .filter(([name]) => name !== "output_path" && name !== "source_path")
    .map(([name, value]) => ({ name: CLASSIC_NAMES[name] ?? name, value }));
  const offline = overrides.get("offline")?.toLowerCase();
  if (configName === "streaming" && offline === "true") {
    throw new ToolError("USAGE", "--config-name=streaming and offline=true contradict each other", {
      hint: "use --config-name=offline",
    });
  }
  if (configName === "offline" && offline === undefined) {
    options.unshift({ name: "offline", value: "true" });
  }
  return options;
}
