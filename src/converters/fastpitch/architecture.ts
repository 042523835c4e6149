import { defineArchitecture } from "../architecture.ts";
import { buildFastPitch } from "./build.ts";
import { parseFastPitchConfig } from "./config.ts";

/** FastPitch acoustic models of speech synthesis. */
export const fastPitch = defineArchitecture({
  name: "fastpitch",
  doc: "FastPitch: speech synthesis, tokens to mel spectrograms",
  targets: ["FastPitchModel"],
  matches: () => true,
  parseConfig: parseFastPitchConfig,
  build: buildFastPitch,
  // the aligner works only in training; the rest are constants that the configuration has too
  ignoredWeights: () => [
    /^(fastpitch\.)?aligner\./,
    /\.(min_token_duration|max_token_duration|zero_emb|pitch_mean|pitch_std)$/,
  ],
});
