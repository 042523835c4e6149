/**
 * A FastPitchModel's configuration. Source of keys and defaults: NeMo, tts/models/fastpitch.py
 * and tts/modules/{fastpitch,transformer}.py.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import type { FastPitchConfig, FftConfig, PredictorConfig } from "../../nn/fastpitch/config.ts";
import type { Checkpoint } from "../architecture.ts";
import { className, count, flag, refuse, variant } from "../config-values.ts";
import { findMapping, type MappingResult } from "./mapping.ts";
import { findPadToken } from "./pad-token.ts";

export interface FastPitchModelConfig {
  readonly sampleRate: number | undefined;
  readonly network: FastPitchConfig;
  readonly mapping: MappingResult;
}

/** Key of the table of the tokens' vectors. */
const WORD_EMBEDDING = "fastpitch.encoder.word_emb.weight";

export async function parseFastPitchConfig(
  model: ConfigNode,
  checkpoint: Checkpoint,
): Promise<FastPitchModelConfig> {
  const speakerCount = parseSpeakerCount(model);
  const isMultiSpeaker = speakerCount > 1;
  const prosody = condition(model.get("speaker_emb_condition_prosody"), isMultiSpeaker);
  const encoder = parseFft(model.get("input_fft"), "FFTransformerEncoder", isMultiSpeaker);
  const { modelSize } = encoder;
  const decoderCondition = condition(model.get("speaker_emb_condition_decoder"), isMultiSpeaker);
  const decoder = parseFft(model.get("output_fft"), "FFTransformerDecoder", decoderCondition);
  requireSize(model.get("symbols_embedding_dim"), modelSize);
  requireSize(model.get("output_fft.d_model"), modelSize);
  const energy = model.get("energy_predictor");
  const predictor = (node: ConfigNode, isConditioned: boolean): PredictorConfig =>
    parsePredictor(node, modelSize, isConditioned);
  const embedding = checkpoint.weights.get(WORD_EMBEDDING) ?? missingEmbedding();
  const [tokenCount = 0] = embedding.shape;
  const padToken = await findPadToken(model, embedding);
  return {
    sampleRate: model.get("sample_rate").optional()?.positiveInteger(),
    network: {
      tokenCount,
      padToken,
      speakerCount,
      melCount: count(model.get("n_mel_channels")),
      encoder,
      decoder,
      durationPredictor: predictor(model.get("duration_predictor"), prosody),
      pitchPredictor: predictor(model.get("pitch_predictor"), prosody),
      pitchKernel: oddKernel(model.get("pitch_embedding_kernel_size")),
      energy: energy.isPresent
        ? {
            predictor: predictor(energy, false),
            kernel: oddKernel(model.get("energy_embedding_kernel_size")),
          }
        : undefined,
      minTokenDuration: model.get("min_token_duration").optional()?.number() ?? 0,
      maxTokenDuration: model.get("max_token_duration").optional()?.number() ?? 75,
    },
    mapping: await findMapping(model, checkpoint, tokenCount),
  };
}

function parseSpeakerCount(model: ConfigNode): number {
  // vectors from tables, recordings or given ones, mixed; NeMo's own exports have no input for it
  if (model.get("speaker_encoder").isPresent) refuse(model.get("speaker_encoder"), "null");
  return model.get("n_speakers").optional()?.integer({ min: 0 }) ?? 1;
}

/** True if the speaker's vector is added there as well. */
function condition(node: ConfigNode, isMultiSpeaker: boolean): boolean {
  const wanted = flag(node, false);
  if (wanted && !isMultiSpeaker) throw node.unexpected("false in a model of one speaker");
  return wanted;
}

function parseFft(node: ConfigNode, transformer: string, isConditioned: boolean): FftConfig {
  const target = node.get("_target_");
  if (className(target.string(transformer)) !== transformer) refuse(target, transformer);
  // NeMo's pre-norm form normalises another axis than its own training code assumed
  if (flag(node.get("pre_lnorm"), false)) refuse(node.get("pre_lnorm"), "false");
  const modelSize = count(node.get("d_model"));
  if (modelSize % 2 !== 0) throw node.get("d_model").unexpected("an even number");
  if (node.get("d_embed").isPresent) requireSize(node.get("d_embed"), modelSize);
  return {
    layerCount: count(node.get("n_layer")),
    headCount: count(node.get("n_head")),
    headSize: count(node.get("d_head")),
    modelSize,
    innerSize: count(node.get("d_inner")),
    kernel: oddKernel(node.get("kernel_size")),
    isConditioned: isConditioned || isAdded(node.get("condition_types")),
  };
}

function parsePredictor(
  node: ConfigNode,
  modelSize: number,
  isConditioned: boolean,
): PredictorConfig {
  const target = node.get("_target_");
  if (className(target.string("TemporalPredictor")) !== "TemporalPredictor") {
    refuse(target, "TemporalPredictor");
  }
  requireSize(node.get("input_size"), modelSize);
  return {
    layerCount: count(node.get("n_layers"), 2),
    filterSize: count(node.get("filter_size")),
    kernel: oddKernel(node.get("kernel_size")),
    isConditioned: isConditioned || isAdded(node.get("condition_types")),
  };
}

/** True for `[add]`; `concat` and `layernorm` have layers of their own. */
function isAdded(node: ConfigNode): boolean {
  if (!node.isPresent) return false;
  const types = node.items().map((item) => variant(item, ["add"]));
  return types.length > 0;
}

function oddKernel(node: ConfigNode): number {
  const kernel = count(node);
  if (kernel % 2 === 0) throw node.unexpected("an odd number");
  return kernel;
}

function requireSize(node: ConfigNode, modelSize: number): void {
  if (count(node) !== modelSize) {
    throw node.unexpected(`${modelSize}, the size of input_fft.d_model`);
  }
}

function missingEmbedding(): never {
  throw new ToolError("INVALID_CONFIG", "there is no table of the tokens' vectors", {
    at: WORD_EMBEDDING,
    hint: "the weights are not those of a FastPitch model, or the checkpoint is incomplete",
  });
}
