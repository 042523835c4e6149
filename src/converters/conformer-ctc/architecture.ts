import { defineArchitecture } from "../architecture.ts";
import { CTC_CLASSES, HYBRID_CLASSES, isCtcModelWith, TRANSDUCER_WEIGHTS } from "../ctc-head.ts";
import { buildConformerCtc } from "./build.ts";
import { parseConformerCtcConfig } from "./config.ts";

/** Conformer and FastConformer with a CTC head, also that of hybrid models. */
export const conformerCtc = defineArchitecture({
  name: "conformer-ctc",
  doc: "Conformer, FastConformer: convolutions and attention with a CTC head",
  targets: [...CTC_CLASSES, ...HYBRID_CLASSES],
  matches: (config, options) => isCtcModelWith("ConformerEncoder", config, options),
  parseConfig: parseConformerCtcConfig,
  build: buildConformerCtc,
  ignoredWeights: ({ decoderHead }) => [
    // where layers share their position biases, each layer has them under its own name too
    /^encoder\.pos_bias_[uv]$/,
    ...(decoderHead === "ctc" ? TRANSDUCER_WEIGHTS : []),
  ],
});
