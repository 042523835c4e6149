/**
 * The graph of a FastPitch model, with inputs and outputs as NeMo exports them. By default rows
 * come ragged and with a volume, which is what nemo2riva asks for since 2.10.
 */
import type { GeneratedFile } from "../../formats/riva/write.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { fastPitch, type FastPitchInputs } from "../../nn/fastpitch/fastpitch.ts";
import { padRagged } from "../../nn/fastpitch/ragged.ts";
import { Module } from "../../nn/module.ts";
import type { Weights } from "../../nn/weights.ts";
import type { BuiltModel, ConvertOptions } from "../architecture.ts";
import type { FastPitchModelConfig } from "./config.ts";
import { MAPPING_NAME } from "./mapping.ts";

export function buildFastPitch(
  weights: Weights,
  { sampleRate, network, mapping }: FastPitchModelConfig,
  options: ConvertOptions,
): BuiltModel {
  const g = new GraphBuilder({
    name: "fastpitch",
    ...(options.opset === undefined ? {} : { opset: options.opset }),
  });
  const inputs = declareInputs(g, network, options);
  const { convMask = false } = options;
  const outputs = fastPitch(new Module(g, weights, "fastpitch"), inputs, network, { convMask });
  g.output("spect", outputs.spect);
  g.output("num_frames", outputs.frameCounts);
  g.output("durs_predicted", outputs.durations);
  g.output("log_durs_predicted", outputs.logDurations);
  g.output("pitch_predicted", outputs.pitch);
  if (outputs.volume !== undefined) g.output("volume_aligned", outputs.volume);
  return {
    graphs: [{ artifactName: "model_graph.onnx", graph: g.build() }],
    properties: {
      ...(sampleRate === undefined ? {} : { sampleRate }),
      featureCount: network.melCount,
    },
    ...("text" in mapping
      ? { files: [mappingFile(mapping.text)] }
      : { warnings: [mapping.warning] }),
    exportConfig: {
      enable_ragged_batches: options.raggedBatches ?? true,
      enable_volume: options.volume ?? true,
    },
  };
}

/** With the properties that nemo2riva gives it. */
function mappingFile(text: string): GeneratedFile {
  return { name: MAPPING_NAME, description: "mapping file", content: Buffer.from(text) };
}

function declareInputs(
  g: GraphBuilder,
  { padToken, speakerCount }: FastPitchModelConfig["network"],
  { raggedBatches = true, volume: hasVolume = true }: ConvertOptions,
): FastPitchInputs {
  // all rows one behind the other, or one below the other
  const shape = raggedBatches ? ["N"] : ["B", "T"];
  const text = g.input("text", "int64", shape);
  const pitch = g.input("pitch", "float32", shape);
  const pace = g.input("pace", "float32", shape);
  const volume = hasVolume ? g.input("volume", "float32", shape) : undefined;
  const offsets = raggedBatches ? g.input("batch_lengths", "int32", ["B+1"]) : undefined;
  const speaker = speakerCount > 1 ? g.input("speaker", "int64", ["B"]) : undefined;
  if (offsets === undefined) return { text, pitch, pace, volume, speaker };
  // the pitch's filling is NeMo's, since 1.17; convolutions see it unless they are masked
  const values: Record<string, { value: Value; fill: number }> = {
    text: { value: text, fill: padToken },
    pitch: { value: pitch, fill: 1 },
    pace: { value: pace, fill: 1 },
    ...(volume === undefined ? {} : { volume: { value: volume, fill: 1 } }),
  };
  const padded = g.scope("ragged", () => padRagged(g, values, offsets));
  return { ...(padded as Pick<FastPitchInputs, "text" | "pitch" | "pace" | "volume">), speaker };
}
