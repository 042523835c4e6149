/** The part that all CTC models share: the head's configuration, and the hybrids' second head. */
import type { ConvertOptions } from "./architecture.ts";
import { ConfigReader } from "../nn/config-reader.ts";

export const CTC_CLASSES = ["EncDecCTCModel", "EncDecCTCModelBPE"] as const;
/** Transducer models with a CTC head beside the transducer. */
export const HYBRID_CLASSES = ["EncDecHybridRNNTCTCModel", "EncDecHybridRNNTCTCBPEModel"] as const;

export interface CtcHeadConfig {
  /** Prefix of the head's weights. */
  readonly path: "decoder" | "ctc_decoder";
  readonly inChannels: number | undefined;
  /** Tokens and the blank. */
  readonly classCount: number;
}

export function parseCtcHead(model: ConfigReader): CtcHeadConfig {
  const isHybrid = model.has("aux_ctc");
  const decoder = isHybrid ? model.section("aux_ctc").section("decoder") : model.section("decoder");
  const vocabulary = decoder.has("vocabulary") ? decoder.list("vocabulary") : undefined;
  const declared = decoder.int("num_classes", { default: -1, min: -1 });
  // -1 and 0 mean: as many as the vocabulary has
  const tokens = declared > 0 ? declared : (vocabulary?.length ?? 0);
  if (tokens === 0 || (vocabulary !== undefined && vocabulary.length !== tokens)) {
    throw decoder.contradiction(
      "num_classes",
      `the size of the vocabulary, ${vocabulary?.length ?? 0}`,
    );
  }
  const inChannels = decoder.int("feat_in", { default: 0, min: 0 });
  return {
    path: isHybrid ? "ctc_decoder" : "decoder",
    inChannels: inChannels === 0 ? undefined : inChannels,
    classCount: tokens + 1,
  };
}

/** True if the class of `model.encoder` is `encoder` and the wanted head is a CTC head. */
export function isCtcModelWith(encoder: string, config: unknown, options: ConvertOptions): boolean {
  const model = config as { encoder?: { _target_?: unknown }; aux_ctc?: unknown } | null;
  const target = model?.encoder?._target_;
  if (typeof target !== "string" || target.slice(target.lastIndexOf(".") + 1) !== encoder)
    return false;
  return model?.aux_ctc === undefined || options.decoderHead === "ctc";
}

/** What a graph with the CTC head of a hybrid leaves out. */
export const TRANSDUCER_WEIGHTS: readonly RegExp[] = [/^decoder\./, /^joint\./];
