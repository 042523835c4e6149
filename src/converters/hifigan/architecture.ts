import { defineArchitecture } from "../architecture.ts";
import { buildHifiGan } from "./build.ts";
import { parseHifiGanConfig } from "./config.ts";

/** HiFi-GAN vocoders. */
export const hifiGan = defineArchitecture({
  name: "hifigan",
  doc: "HiFi-GAN: a vocoder, mel spectrograms to waveforms",
  targets: ["HifiGanModel"],
  matches: () => true,
  parseConfig: parseHifiGanConfig,
  build: buildHifiGan,
  // the discriminators and the spectrograms of the loss
  ignoredWeights: () => [/^(mpd|msd)\./, /^(audio_to_melspec|trg_melspec_fn)/],
});
