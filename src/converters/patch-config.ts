/** What nemo2riva changes in the configuration that it puts into the archive. */
import { isToolError } from "../errors/tool-error.ts";
import type { NemoCheckpoint } from "../formats/nemo/read.ts";
import { ConfigNode } from "../formats/nemo/config-node.ts";
import { normaliseConfig } from "../formats/nemo/config.ts";
import { parseYaml } from "../formats/yaml/read.ts";
import { isConfigMap } from "../formats/yaml/value.ts";

/**
 * The text of `model_config.yaml` for the archive: as it was, except that an `EncDecCTCModel`
 * whose `decoder.num_classes` is -1 gets the number of its labels (Riva reads it there).
 */
export function patchConfig(checkpoint: NemoCheckpoint): string {
  const { config, configText, target } = checkpoint;
  const labels = config.get("decoder.vocabulary");
  if (
    !target.endsWith(".EncDecCTCModel") ||
    config.get("decoder.num_classes").value !== -1 ||
    !labels.isPresent
  ) {
    return configText;
  }
  const count = labels.items().length;
  const patched = configText.replace(
    /(^decoder:[^]*?^\s+num_classes:\s*)-1(?=\s*$)/m,
    `$1${count}`,
  );
  return readsAs(patched, count) ? patched : configText;
}

/** The replacement worked on text; only reading it again shows that it hit the right line. */
function readsAs(text: string, count: number): boolean {
  try {
    const document = parseYaml(Buffer.from(text));
    return (
      isConfigMap(document) &&
      new ConfigNode(normaliseConfig(document)).get("decoder.num_classes").value === count
    );
  } catch (error) {
    if (isToolError(error)) return false;
    throw error;
  }
}
