/** From an opened checkpoint to ONNX graphs, by the architecture that knows its class. */
import { ToolError, withPlace } from "../errors/tool-error.ts";
import type { ConfigNode } from "../formats/nemo/config-node.ts";
import { checkGraph } from "../graph/check.ts";
import type { Architecture, BuiltModel, Checkpoint, ConvertOptions } from "./architecture.ts";
import { className } from "./config-values.ts";
import { HYBRID_CLASSES } from "./ctc-head.ts";
import { ARCHITECTURES, type ArchitectureName } from "./registry.ts";

export interface Conversion extends BuiltModel {
  readonly architecture: ArchitectureName;
}

/**
 * Builds the graphs of a checkpoint. Small artifacts may be read, but of the weights at most a row
 * that settles what the configuration does not say: they are read when the graphs are written.
 * @throws ToolError UNSUPPORTED_ARCHITECTURE for a class or variant that no converter knows,
 * INVALID_CONFIG if configuration and weights contradict each other.
 */
export async function convertCheckpoint(
  checkpoint: Checkpoint,
  options: ConvertOptions = {},
): Promise<Conversion> {
  const architecture = architectureOf(checkpoint, options);
  const built = await withPlace(className(checkpoint.target), () =>
    architecture.convert(checkpoint, options),
  );
  for (const { graph } of built.graphs) checkGraph(graph);
  return { ...built, architecture: architecture.name };
}

/** The architecture that converts a checkpoint. */
export function architectureOf(
  { target, config }: Pick<Checkpoint, "target" | "config">,
  options: ConvertOptions = {},
): Architecture<ArchitectureName> {
  const all: readonly Architecture<ArchitectureName>[] = ARCHITECTURES;
  const name = className(target);
  const ofClass = all.filter(({ targets }) => targets.includes(name));
  const found = ofClass.find((architecture) => architecture.matches(config, options));
  if (found !== undefined) return found;
  throw new ToolError(
    "UNSUPPORTED_ARCHITECTURE",
    `no converter for '${name}'${variantOf(config)}`,
    {
      at: target,
      hint: HYBRID_CLASSES.some((hybrid) => hybrid === name)
        ? "choose the CTC head of this hybrid model; or --format nemo to pass the checkpoint through"
        : `supported: ${supportedClasses(all)}; or --format nemo to pass the checkpoint through`,
    },
  );
}

/** Names the encoder, which tells the variants of a class apart. */
function variantOf(config: ConfigNode): string {
  const encoder = config.get("encoder._target_").value;
  return typeof encoder === "string" ? ` with the encoder '${className(encoder)}'` : "";
}

function supportedClasses(all: readonly Architecture[]): string {
  return all.map(({ name, targets }) => `${name} (${targets.join(", ")})`).join("; ");
}
