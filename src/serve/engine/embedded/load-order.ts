/** The order in which models are loaded: the parts of an ensemble before the ensemble. */
import type { ModelOnDisk } from "../../../repository/read.ts";
import { fail } from "./ensemble-check.ts";

/** @throws ToolError INVALID_CONFIG, with Triton's text, for missing parts and for circles */
export function orderForLoading(models: readonly ModelOnDisk[]): ModelOnDisk[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  const ordered: ModelOnDisk[] = [];
  const done = new Set<string>();
  const visit = (model: ModelOnDisk, above: readonly string[]): void => {
    if (done.has(model.name)) return;
    const parts = partNames(model);
    const missing = parts.filter((part) => !byName.has(part));
    if (missing.length > 0) {
      fail(
        `ensemble ${model.name} contains models that are not available or ambiguous: ${missing.join(", ")}`,
      );
    }
    for (const part of parts) {
      const path = [...above, model.name];
      if (path.includes(part)) {
        fail(`circular dependency between ensembles: ${part} -> ... -> ${model.name} -> ${part}`);
      }
      visit(byName.get(part) as ModelOnDisk, path);
    }
    done.add(model.name);
    ordered.push(model);
  };
  for (const model of models) visit(model, []);
  return ordered;
}

function partNames({ config }: ModelOnDisk): string[] {
  if (config.schedulingChoice.case !== "ensembleScheduling") return [];
  return config.schedulingChoice.value.step.map(({ modelName }) => modelName);
}
