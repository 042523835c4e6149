/** What nemo2riva changes in the configuration that it puts into the archive. */
import { isToolError } from "../errors/tool-error.ts";
import type { NemoCheckpoint } from "../formats/nemo/read.ts";
import { ConfigNode } from "../formats/nemo/config-node.ts";
import { normaliseConfig } from "../formats/nemo/config.ts";
import { parseYaml } from "../formats/yaml/read.ts";
import { isConfigMap, toPlainObject } from "../formats/yaml/value.ts";
import { tokenizerNames } from "./tokenizer-names.ts";

type ConfigCheckpoint = Pick<NemoCheckpoint, "config" | "configText" | "target" | "artifact">;

/**
 * The text of `model_config.yaml` for the archive: as it was, except that an `EncDecCTCModel`
 * whose `decoder.num_classes` is -1 gets the number of its labels (Riva reads it there), that
 * `exportConfig` stands in the section `export_config`, and that renamed tokenizers are named so.
 */
export function patchConfig(
  checkpoint: ConfigCheckpoint,
  exportConfig?: Readonly<Record<string, boolean>>,
): string {
  if (exportConfig !== undefined) return withExportConfig(checkpoint, exportConfig);
  const { config, configText, target } = checkpoint;
  const labels = config.get("decoder.vocabulary");
  if (
    !target.endsWith(".EncDecCTCModel") ||
    config.get("decoder.num_classes").value !== -1 ||
    !labels.isPresent
  ) {
    return tokenizerNames(checkpoint).reduce(
      (text, { path, name }) => withValue(text, path, name),
      configText,
    );
  }
  return withValue(configText, "decoder.num_classes", labels.items().length);
}

/** The text with another value at `section.key`; unchanged if it is laid out in another way. */
function withValue(text: string, path: string, value: string | number): string {
  const [section = "", key = ""] = path.split(".");
  const place = new RegExp(`(^${section}:[^]*?^\\s+${key}:[ \\t]*)\\S+(?=\\s*$)`, "m");
  const patched = text.replace(place, (_, before: string) => `${before}${value}`);
  return reads(patched, (root) => root.get(path).value === value) ? patched : text;
}

function withExportConfig(
  { config, configText }: ConfigCheckpoint,
  exportConfig: Readonly<Record<string, boolean>>,
): string {
  const { value } = config.get("export_config");
  const known = isConfigMap(value) ? Object.entries(toPlainObject(value) as object) : [];
  const settings = { ...Object.fromEntries(known), ...exportConfig };
  const lines = Object.entries(settings).map(
    ([key, item]) => `  ${key}: ${JSON.stringify(item)}\n`,
  );
  const rest = withoutSection(configText, "export_config").replace(/\n*$/, "\n");
  const patched = `${rest}export_config:\n${lines.join("")}`;
  const holds = reads(patched, (root) =>
    Object.entries(exportConfig).every(
      ([key, wanted]) => root.get(`export_config.${key}`).value === wanted,
    ),
  );
  return holds ? patched : configText;
}

/** The text without a section of the top level: its line and all behind it that are indented. */
function withoutSection(text: string, key: string): string {
  let isInside = false;
  const kept = text.split("\n").filter((line) => {
    if (/^[^\s#-]/.test(line)) isInside = line.startsWith(`${key}:`);
    return !isInside;
  });
  return kept.join("\n");
}

/** The replacement worked on text; only reading it again shows that it hit the right line. */
function reads(text: string, holds: (root: ConfigNode) => boolean): boolean {
  try {
    const document = parseYaml(Buffer.from(text));
    return isConfigMap(document) && holds(new ConfigNode(normaliseConfig(document)));
  } catch (error) {
    if (isToolError(error)) return false;
    throw error;
  }
}
