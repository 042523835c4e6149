/** Checkpoints that contradict themselves, or variants of which there is no recording. */
import type { Checkpoint } from "../../src/converters/architecture.ts";
import { ConfigNode } from "../../src/formats/nemo/config-node.ts";
import { isConfigList, isConfigMap, type ConfigValue } from "../../src/formats/yaml/value.ts";
import type { TensorView } from "../../src/tensor/tensor-view.ts";

/** With one value of `model_config.yaml` replaced; undefined takes the key away. */
export function withConfig(
  checkpoint: Checkpoint,
  path: string,
  value: ConfigValue | undefined,
): Checkpoint {
  const replace = (node: ConfigValue, [key = "", ...rest]: readonly string[]): ConfigValue => {
    const inner = (old: ConfigValue | undefined): ConfigValue | undefined =>
      rest.length === 0 ? value : replace(old ?? null, rest);
    if (isConfigList(node)) {
      return node.map((item, i) => (String(i) === key ? (inner(item) ?? null) : item));
    }
    const map = new Map(isConfigMap(node) ? node : []);
    const changed = inner(map.get(key));
    if (changed === undefined) map.delete(key);
    else map.set(key, changed);
    return map;
  };
  const config = replace(checkpoint.config.value ?? null, path.split("."));
  return { ...checkpoint, config: new ConfigNode(config) };
}

/** With some weights added, replaced or deleted. */
export function withWeights(
  checkpoint: Checkpoint,
  edit: (weights: Map<string, TensorView>) => void,
): Checkpoint {
  const weights = new Map(checkpoint.weights);
  edit(weights);
  return { ...checkpoint, weights };
}
