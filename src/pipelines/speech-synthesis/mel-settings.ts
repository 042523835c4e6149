/**
 * The settings of a mel spectrogram that acoustic model and vocoder must agree on: with any other,
 * the vocoder would turn right spectrograms into wrong speech.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";

export interface MelSettings {
  readonly sample_rate: number;
  readonly bands: number;
  readonly n_fft: number | undefined;
  readonly n_window_size: number | undefined;
  readonly n_window_stride: number | undefined;
  readonly lowfreq: number | undefined;
  readonly highfreq: number | undefined;
}

/** `preprocessor` of a model config; HiFi-GAN's calls the bands `nfilt`. */
export function parseMelSettings(preprocessor: ConfigNode): MelSettings {
  const optional = (name: string): number | undefined =>
    preprocessor.get(name).optional()?.number();
  const sampleRate = preprocessor.get("sample_rate").positiveInteger();
  const bands = preprocessor.get("nfilt").isPresent ? "nfilt" : "features";
  return {
    sample_rate: sampleRate,
    bands: preprocessor.get(bands).positiveInteger(),
    n_fft: optional("n_fft"),
    n_window_size: optional("n_window_size"),
    n_window_stride: optional("n_window_stride"),
    lowfreq: optional("lowfreq") ?? 0,
    // an open end stands for half the sample rate
    highfreq: optional("highfreq") ?? sampleRate / 2,
  };
}

/** @throws ToolError INVALID_CONFIG that names what differs; a setting that one lacks fits */
export function checkSameMels(acoustic: MelSettings, vocoder: MelSettings, at: string): void {
  const names = Object.keys(acoustic) as (keyof MelSettings)[];
  const differing = names.filter((name) => {
    const [a, b] = [acoustic[name], vocoder[name]];
    return a !== undefined && b !== undefined && a !== b;
  });
  if (differing.length === 0) return;
  const list = differing.map((name) => `${name} ${acoustic[name]} and ${vocoder[name]}`);
  throw new ToolError(
    "INVALID_CONFIG",
    `acoustic model and vocoder have different mel spectrograms: ${list.join(", ")}`,
    { at, hint: "build with a vocoder that was trained on spectrograms of the acoustic model" },
  );
}
