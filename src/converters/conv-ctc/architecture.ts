import { defineArchitecture } from "../architecture.ts";
import { CTC_CLASSES, HYBRID_CLASSES, isCtcModelWith, TRANSDUCER_WEIGHTS } from "../ctc-head.ts";
import { buildConvCtc } from "./build.ts";
import { parseConvCtcConfig } from "./config.ts";

/** QuartzNet, Jasper and Citrinet with a CTC head. */
export const convCtc = defineArchitecture({
  name: "conv-ctc",
  doc: "QuartzNet, Jasper, Citrinet: convolutions with a CTC head",
  targets: [...CTC_CLASSES, ...HYBRID_CLASSES],
  matches: (config, options) => isCtcModelWith("ConvASREncoder", config, options),
  parseConfig: parseConvCtcConfig,
  build: buildConvCtc,
  ignoredWeights: ({ decoderHead }) => (decoderHead === "ctc" ? TRANSDUCER_WEIGHTS : []),
});
