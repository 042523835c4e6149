/** The graph of a Conformer CTC model: features and their lengths to log-probabilities. */
import { GraphBuilder } from "../../graph/builder.ts";
import { conformerEncoder } from "../../nn/conformer/encoder.ts";
import { convAsrDecoder } from "../../nn/conv-asr-decoder.ts";
import { Lengths } from "../../nn/lengths.ts";
import { Module } from "../../nn/module.ts";
import type { Weights } from "../../nn/weights.ts";
import type { BuiltModel, ConvertOptions } from "../architecture.ts";
import type { ConformerCtcConfig } from "./config.ts";

export function buildConformerCtc(
  weights: Weights,
  config: ConformerCtcConfig,
  options: ConvertOptions,
): BuiltModel {
  const { encoder, head } = config;
  const g = new GraphBuilder({
    name: "conformer-ctc",
    ...(options.opset === undefined ? {} : { opset: options.opset }),
  });
  const root = new Module(g, weights);
  const x = g.input("audio_signal", "float32", ["B", encoder.featureCount, "T"]);
  const lengths = new Lengths(g, g.input("length", "int64", ["B"]));
  const isMaskedByNemo = options.nemoProfile === "2.5" && encoder.subsampling !== "vggnet";
  const convMask = options.convMask ?? isMaskedByNemo;
  const encoded = conformerEncoder(root.child("encoder"), x, lengths, encoder, { convMask });
  const channels = root.child("encoder").run(() => g.Transpose(encoded.x, [0, 2, 1]));
  const inChannels = encoder.outputSize ?? encoder.modelSize;
  const { classCount } = head;
  g.output("logprobs", convAsrDecoder(root.child(head.path), channels, { inChannels, classCount }));
  return {
    graphs: [{ artifactName: "model_graph.onnx", graph: g.build() }],
    properties: {
      ...(config.sampleRate === undefined ? {} : { sampleRate: config.sampleRate }),
      featureCount: encoder.featureCount,
      subsamplingFactor: encoder.subsamplingFactor,
      classCount,
    },
  };
}
