/** The graph of a convolutional CTC model: features to log-probabilities. */
import { ToolError } from "../../errors/tool-error.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { convAsrDecoder } from "../../nn/conv-asr-decoder.ts";
import { convAsrEncoder, strideOf } from "../../nn/conv-asr-encoder.ts";
import { Lengths } from "../../nn/lengths.ts";
import { Module } from "../../nn/module.ts";
import type { Weights } from "../../nn/weights.ts";
import type { BuiltModel, ConvertOptions } from "../architecture.ts";
import type { ConvCtcConfig } from "./config.ts";

export function buildConvCtc(
  weights: Weights,
  config: ConvCtcConfig,
  options: ConvertOptions,
): BuiltModel {
  const { encoder, head } = config;
  const g = new GraphBuilder({
    name: "conv-ctc",
    ...(options.opset === undefined ? {} : { opset: options.opset }),
  });
  const root = new Module(g, weights);
  const { convMask = false, nemoProfile } = options;
  const squeezeExciteMask = nemoProfile !== "1.5";
  const hasSqueezeExcite = encoder.blocks.some((block) => block.squeezeExcite !== undefined);
  if (!squeezeExciteMask) refuseContext(encoder);
  const needsLength = convMask || (squeezeExciteMask && hasSqueezeExcite);

  const x = g.input("audio_signal", "float32", ["B", encoder.featureCount, "T"]);
  const lengths = needsLength ? new Lengths(g, g.input("length", "int64", ["B"])) : undefined;
  const encoded = convAsrEncoder(root.child("encoder"), { x, lengths }, encoder, {
    convMask,
    squeezeExciteMask,
  });
  const inChannels = encoder.blocks.at(-1)?.filters ?? 0;
  g.output(
    "logprobs",
    convAsrDecoder(root.child(head.path), encoded.x, { inChannels, classCount: head.classCount }),
  );
  return {
    graphs: [{ artifactName: "model_graph.onnx", graph: g.build() }],
    properties: {
      ...(config.sampleRate === undefined ? {} : { sampleRate: config.sampleRate }),
      featureCount: encoder.featureCount,
      subsamplingFactor: strideOf(encoder),
      classCount: head.classCount,
    },
  };
}

/** NeMo 1.5 took the mean over windows where a context size is set; later versions ignore it. */
function refuseContext({ blocks }: ConvCtcConfig["encoder"]): void {
  const index = blocks.findIndex(({ squeezeExcite }) => (squeezeExcite?.contextSize ?? -1) >= 0);
  if (index < 0) return;
  throw new ToolError(
    "UNSUPPORTED_ARCHITECTURE",
    "squeeze-and-excitation over windows, as in NeMo 1.5",
    {
      at: `encoder.jasper.${index}.se_context_size`,
      hint: "leave the NeMo 1.5 profile: later versions take the mean over all frames",
    },
  );
}
