/**
 * What a converter is: a network family with the classes it covers, a parser of its
 * configuration and a builder of its graphs.
 */
import type { ConfigNode } from "../formats/nemo/config-node.ts";
import type { GeneratedFile } from "../formats/riva/write.ts";
import type { NemoCheckpoint } from "../formats/nemo/read.ts";
import type { ModelGraph } from "../tensor/model-graph.ts";
import type { StateDict } from "../tensor/tensor-view.ts";
import { Weights } from "../nn/weights.ts";

/** What a converter needs of an opened checkpoint: `{ ...nemo, weights: await nemo.weights() }`. */
export interface Checkpoint extends Pick<NemoCheckpoint, "target" | "config" | "artifact"> {
  readonly weights: StateDict;
}

/**
 * Which NeMo's behaviour the graph has where the versions differ: `1.5` squeeze-and-excitation
 * over all frames and without a `length` input; `2.4` (all from 1.6 to 2.4) over real frames;
 * `2.5` also masks the frames behind a row's length inside the subsampling of Conformers.
 */
export const NEMO_PROFILES = ["1.5", "2.4", "2.5"] as const;
export type NemoProfile = (typeof NEMO_PROFILES)[number];

/** Which head of a hybrid model the graph ends in. */
export const DECODER_HEADS = ["ctc"] as const;
export type DecoderHead = (typeof DECODER_HEADS)[number];

export interface ConvertOptions {
  /** ONNX opset, 13 to 21; default 17. */
  readonly opset?: number;
  /**
   * Zero the frames behind each row's length before every convolution, so that a row gives the
   * same alone and in a batch (except where the model has group norms, which see all frames).
   * NeMo's own exports do not; default false. FastPitch: the same for what fills shorter rows.
   */
  readonly convMask?: boolean;
  readonly decoderHead?: DecoderHead;
  /** Largest number of input frames. Positions are computed in the graph, so none is needed. */
  readonly maxDim?: number;
  /** Default `2.4`. */
  readonly nemoProfile?: NemoProfile;
  /**
   * Speech synthesis: the rows of a batch come one behind the other, with the places where they
   * begin, instead of padded. Default true, as nemo2riva exports since 2.10.
   */
  readonly raggedBatches?: boolean;
  /** Speech synthesis: an input `volume`, which comes out a value a frame. Default true, likewise. */
  readonly volume?: boolean;
}

export interface NamedGraph {
  /** File name inside the archive, such as `model_graph.onnx`. */
  readonly artifactName: string;
  readonly graph: ModelGraph;
}

/** Facts about the model that the graphs do not say; what does not apply is left out. */
export interface ConversionProperties {
  readonly sampleRate?: number;
  /** Features per frame. */
  readonly featureCount?: number;
  /** Input frames per output frame. */
  readonly subsamplingFactor?: number;
  /** Classes of the output, the blank included. */
  readonly classCount?: number;
}

export interface BuiltModel {
  readonly graphs: readonly NamedGraph[];
  readonly properties: ConversionProperties;
  /** Files that the archive gets besides the checkpoint's. */
  readonly files?: readonly GeneratedFile[];
  /** How the graphs were made, which the configuration in the archive says under `export_config`. */
  readonly exportConfig?: Readonly<Record<string, boolean>>;
  /** What the user should know: the graphs are right, but something beside them is missing. */
  readonly warnings?: readonly string[];
}

export interface ArchitectureSpec<Config> {
  readonly name: string;
  /** What it is, for lists. */
  readonly doc: string;
  /** Class names without their modules, which moved between versions. */
  readonly targets: readonly string[];
  /** Tells architectures apart that share a class. */
  matches(config: ConfigNode, options: ConvertOptions): boolean;
  /**
   * Language models have the configuration of their encoder in an artifact of the checkpoint.
   * @throws ToolError INVALID_CONFIG or UNSUPPORTED_ARCHITECTURE with the dotted path.
   */
  parseConfig(config: ConfigNode, checkpoint: Checkpoint): Config | Promise<Config>;
  build(weights: Weights, config: Config, options: ConvertOptions): BuiltModel;
  /** Weights besides {@link IGNORED_WEIGHTS} that the graph does not need. */
  ignoredWeights?(options: ConvertOptions): readonly RegExp[];
}

export interface Architecture<Name extends string = string> {
  readonly name: Name;
  readonly doc: string;
  readonly targets: readonly string[];
  matches(config: ConfigNode, options: ConvertOptions): boolean;
  convert(checkpoint: Checkpoint, options: ConvertOptions): Promise<BuiltModel>;
}

/** Buffers, losses and training-time modules that no graph contains. */
const IGNORED_WEIGHTS: readonly RegExp[] = [
  /\.num_batches_tracked$/,
  /^preprocessor\./,
  /^spec_augment/,
  /^(loss\.|.*_loss\.weight$)/,
  /^_?wer/,
  /\.pe$/,
  /\.pos_enc\./,
  /^joint\._/,
];

/** Ties `parseConfig` to `build` and then hides the type, so that lists need no `any`. */
export function defineArchitecture<const Name extends string, Config>(
  spec: ArchitectureSpec<Config> & { readonly name: Name },
): Architecture<Name> {
  return {
    name: spec.name,
    doc: spec.doc,
    targets: spec.targets,
    matches: (config, options) => spec.matches(config, options),
    convert: async (checkpoint, options) => {
      const config = await spec.parseConfig(checkpoint.config, checkpoint);
      const weights = new Weights(checkpoint.weights);
      const built = spec.build(weights, config, options);
      weights.assertAllTaken([...IGNORED_WEIGHTS, ...(spec.ignoredWeights?.(options) ?? [])]);
      return built;
    },
  };
}
