/** The part that all CTC models share: the head's configuration, and the hybrids' second head. */
import type { ConfigNode } from "../formats/nemo/config-node.ts";
import type { ConvertOptions } from "./architecture.ts";
import { className, countOrNone, refuse } from "./config-values.ts";

export const CTC_CLASSES = ["EncDecCTCModel", "EncDecCTCModelBPE"] as const;
/** Transducer models with a CTC head beside the transducer. */
export const HYBRID_CLASSES = ["EncDecHybridRNNTCTCModel", "EncDecHybridRNNTCTCBPEModel"] as const;

export interface CtcHeadConfig {
  /** Prefix of the head's weights. */
  readonly path: "decoder" | "ctc_decoder";
  /** Tokens and the blank. */
  readonly classCount: number;
}

/** `encodedSize`: channels of the encoder's output. */
export function parseCtcHead(model: ConfigNode, encodedSize: number): CtcHeadConfig {
  const isHybrid = model.get("aux_ctc").isPresent;
  const decoder = model.get(isHybrid ? "aux_ctc.decoder" : "decoder");
  const target = decoder.get("_target_");
  if (target.isPresent && className(target.string()) !== "ConvASRDecoder") {
    refuse(target, "ConvASRDecoder");
  }
  const vocabulary = decoder.get("vocabulary").optional()?.items().length;
  const classes = decoder.get("num_classes");
  // -1 and 0 mean: as many as the vocabulary has
  const tokens = countOrNone(classes, [-1, 0]) ?? vocabulary;
  if (tokens === undefined || (vocabulary !== undefined && vocabulary !== tokens)) {
    throw classes.unexpected(`the size of the vocabulary, ${vocabulary ?? 0}`);
  }
  const inChannels = countOrNone(decoder.get("feat_in"), [-1, 0]) ?? encodedSize;
  if (inChannels !== encodedSize) {
    throw decoder.get("feat_in").unexpected(`the size of the encoder's output, ${encodedSize}`);
  }
  return { path: isHybrid ? "ctc_decoder" : "decoder", classCount: tokens + 1 };
}

/** True if the class of `model.encoder` is `encoder` and the wanted head is a CTC head. */
export function isCtcModelWith(
  encoder: string,
  model: ConfigNode,
  options: ConvertOptions,
): boolean {
  const target = model.get("encoder._target_").value;
  if (typeof target !== "string" || className(target) !== encoder) return false;
  return !model.get("aux_ctc").isPresent || options.decoderHead === "ctc";
}

/** What a graph with the CTC head of a hybrid leaves out. */
export const TRANSDUCER_WEIGHTS: readonly RegExp[] = [/^decoder\./, /^joint\./];
