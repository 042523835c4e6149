/** The graph of a HiFi-GAN vocoder: a log-mel spectrogram to a waveform. */
import { GraphBuilder } from "../../graph/builder.ts";
import { hifiGanGenerator } from "../../nn/hifigan-generator.ts";
import { Module } from "../../nn/module.ts";
import type { Weights } from "../../nn/weights.ts";
import type { BuiltModel, ConvertOptions } from "../architecture.ts";
import type { HifiGanConfig } from "./config.ts";

export function buildHifiGan(
  weights: Weights,
  { sampleRate, generator }: HifiGanConfig,
  options: ConvertOptions,
): BuiltModel {
  const g = new GraphBuilder({
    name: "hifigan",
    ...(options.opset === undefined ? {} : { opset: options.opset }),
  });
  const spec = g.input("spec", "float32", ["B", generator.melCount, "T"]);
  const root = new Module(g, weights);
  g.output("audio", hifiGanGenerator(root.child("generator"), spec, generator));
  return {
    graphs: [{ artifactName: "model_graph.onnx", graph: g.build() }],
    properties: {
      ...(sampleRate === undefined ? {} : { sampleRate }),
      featureCount: generator.melCount,
    },
  };
}
