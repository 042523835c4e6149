/**
 * The two networks of a recognition pipeline as graphs: the featurizer, made from the settings of
 * the model's preprocessor, and the acoustic model, which ends in the most probable tokens. They
 * are made when a pipeline is built too, so that a model that cannot be deployed is refused early.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { ConfigNode } from "../../formats/nemo/config-node.ts";
import { readRivaGraph } from "../../formats/riva/graph.ts";
import type { JsonObject } from "../../formats/rmir/description.ts";
import { fromPlainObject } from "../../formats/yaml/value.ts";
import { appendGreedyReduction } from "../../graph/greedy-reduction.ts";
import { appendTopKReduction } from "../../graph/top-k-reduction.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import { buildFeaturizer } from "../../nn/featurizer/build.ts";
import { type FeaturizerVersion, parseFeaturizerConfig } from "../../nn/featurizer/config.ts";
import type { ModelGraph } from "../../tensor/model-graph.ts";
import { withOldestIrVersion } from "../ir-version.ts";
import { constantsFromJson } from "./featurizer-constants.ts";

export interface FeaturizerRequest {
  /** The `preprocessor` section of the model's config. */
  readonly preprocessor: JsonObject;
  /** NeMo's version that saved the model: from 2.5 on it pads otherwise. */
  readonly nemoVersion: string | undefined;
}

/** @throws ToolError INVALID_CONFIG, UNSUPPORTED for another kind of features */
export function buildFeaturizerGraph({ preprocessor, nemoVersion }: FeaturizerRequest): ModelGraph {
  const section = new ConfigNode(fromPlainObject(preprocessor), "preprocessor");
  const config = parseFeaturizerConfig(section, featurizerVersion(nemoVersion));
  // Windows set the number of frames; docs/decisions/0004 says why none are added.
  const constants = constantsFromJson(preprocessor["constants"]);
  return buildFeaturizer(config, { padTo: 0, ...(constants === undefined ? {} : { constants }) });
}

function featurizerVersion(nemoVersion: string | undefined): FeaturizerVersion {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(nemoVersion ?? "") ?? [];
  if (major === undefined || minor === undefined) return "2.4";
  return Number(major) * 1000 + Number(minor) >= 2005 ? "2.5" : "2.4";
}

export interface AcousticGraphRequest {
  readonly mels: number;
  /** Frames of features per timestep. */
  readonly subsamplingFactor: number;
  /** Tokens of a timestep for a beam search; without it the most probable one. */
  readonly topTokens: number | undefined;
  /** Id of the blank. */
  readonly blank: number;
}

/**
 * Reads the exported model (not its weights) and gives it the repository's outputs.
 * @throws ToolError INVALID_FILE, INVALID_GRAPH, INVALID_CONFIG if it takes other features
 */
export async function buildAcousticGraph(
  source: ByteSource,
  { mels, subsamplingFactor, topTokens, blank }: AcousticGraphRequest,
): Promise<ModelGraph> {
  return withPlace(source.name, async () => {
    const exported = await readRivaGraph(source);
    const graph =
      topTokens === undefined
        ? appendGreedyReduction(exported, { subsamplingFactor })
        : appendTopKReduction(exported, { subsamplingFactor, topTokens, blank });
    const inputs = graph.inputs.map((input) => {
      const [batch, features = mels, frames] = input.shape ?? [];
      if (input.name !== "audio_signal" || batch === undefined || frames === undefined)
        return input;
      if (typeof features === "number" && features !== mels) throw otherFeatures(features, mels);
      return { ...input, shape: [batch, mels, frames] };
    });
    return withOldestIrVersion({ ...graph, inputs });
  });
}

function otherFeatures(found: number, expected: number): ToolError {
  return new ToolError(
    "INVALID_CONFIG",
    `the graph takes ${found} features a frame, the config says ${expected}`,
    { hint: "graph and model_config.yaml are of different models; export the model again" },
  );
}
