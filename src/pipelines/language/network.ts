/** The network of a language pipeline: the exported graph with its logits reduced. */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { readRivaGraph } from "../../formats/riva/graph.ts";
import type { JsonValue } from "../../formats/rmir/description.ts";
import { appendHeadReductions, type HeadReduction } from "../../graph/head-reduction.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import type { ModelGraph } from "../../tensor/model-graph.ts";
import { withOldestIrVersion } from "../ir-version.ts";

const INPUTS: readonly string[] = ["input_ids", "attention_mask", "token_type_ids"];

/**
 * Reads the exported model (not its weights) and gives it the repository's outputs.
 * @throws ToolError INVALID_FILE, INVALID_GRAPH if it is no language model with these logits
 */
export async function buildNetwork(
  source: ByteSource,
  reductions: readonly HeadReduction[],
): Promise<ModelGraph> {
  return withPlace(source.name, async () => {
    const graph = await readRivaGraph(source);
    const names = graph.inputs.map((input) => input.name);
    const isFitting =
      names.includes("input_ids") &&
      graph.inputs.every(({ name, dtype }) => INPUTS.includes(name) && dtype === "int64");
    if (!isFitting) {
      throw new ToolError("INVALID_GRAPH", `expected ids as input, found ${names.join(", ")}`, {
        at: graph.name,
        hint: "the graph is no language model; export the model again with nemo2riva",
      });
    }
    return withOldestIrVersion(appendHeadReductions(graph, reductions));
  });
}

/**
 * Number of classes of logits: the last axis, or where the graph leaves it open the length of the
 * bias that is added last. Undefined if neither tells.
 */
export async function countClasses(
  source: ByteSource,
  logits: string,
): Promise<number | undefined> {
  const graph = await readRivaGraph(source);
  const last = graph.outputs.find(({ name }) => name === logits)?.shape?.at(-1);
  if (typeof last === "number") return last;
  const node = graph.nodes.find(({ outputs }) => outputs.includes(logits));
  const sizes = graph.initializers
    .filter(({ name, shape }) => node?.inputs.includes(name) === true && shape.length === 1)
    .map(({ shape }) => shape[0]);
  return sizes.length === 1 ? sizes[0] : undefined;
}

/** Weights and labels of one model have the same number of classes. @throws ToolError INVALID_CONFIG */
export function checkLabelCount(
  logits: string,
  classes: number | undefined,
  labels: readonly string[],
): void {
  if (classes === undefined || classes === labels.length) return;
  throw new ToolError(
    "INVALID_CONFIG",
    `${logits}: the network has ${classes} classes, but there are ${labels.length} labels`,
    { hint: "weights and labels are of different models; convert the checkpoint again" },
  );
}

/** Reductions as they are stored in the RMIR. @throws ToolError INVALID_FILE */
export function parseReductions(values: readonly JsonValue[]): HeadReduction[] {
  return values.map((value) => {
    const { kind, logits, name, count } = value as Readonly<Record<string, unknown>>;
    if (typeof logits === "string") {
      if (kind === "labels") return { kind, logits };
      if (kind === "probabilities" && typeof name === "string") return { kind, logits, name };
      if (kind === "answers" && Number.isInteger(count) && (count as number) > 0) {
        return { kind, logits, count: count as number };
      }
    }
    throw new ToolError("INVALID_FILE", `nn.parameters.reductions: unknown reduction`, {
      hint: "the RMIR was changed by hand or is damaged; build it again with riva-build",
    });
  });
}
