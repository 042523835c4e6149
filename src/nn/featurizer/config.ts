/**
 * NeMo's `preprocessor` section (AudioToMelSpectrogramPreprocessor, FilterbankFeatures) as what
 * determines the features. Source of keys and defaults: NeMo, asr/modules/audio_preprocessing.py
 * and asr/parts/preprocessing/features.py. Dither is for training and left out.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { ConfigReader } from "../config-reader.ts";

export const WINDOWS = ["hann", "hamming", "blackman", "bartlett", "none"] as const;
export type Window = (typeof WINDOWS)[number];

/**
 * `2.4`: audio is reflected at its ends and the last frame counts even if it is partial. `2.5`:
 * zeros around the audio, also behind a row's length, and one frame fewer.
 */
export type FeaturizerVersion = "2.4" | "2.5";

export type FeatureNormalization =
  | { readonly kind: "per_feature" | "all_features" | "none" }
  | { readonly kind: "fixed"; readonly mean: readonly number[]; readonly std: readonly number[] };

export interface FeaturizerConfig {
  readonly sampleRate: number;
  /** Mel bins. */
  readonly featureCount: number;
  readonly windowSamples: number;
  readonly hopSamples: number;
  readonly fftSize: number;
  readonly window: Window;
  /** 0: none. */
  readonly preemphasis: number;
  readonly magnitudePower: 1 | 2;
  readonly lowHertz: number;
  readonly highHertz: number;
  /** Divide each triangle by its area. */
  readonly slaneyNorm: boolean;
  readonly log: boolean;
  readonly logGuard: { readonly kind: "add" | "clamp"; readonly value: number };
  readonly normalization: FeatureNormalization;
  /** Pad (fftSize − hop) / 2 samples instead of centring the frames; vocoders use it. */
  readonly exactPad: boolean;
  /** The number of frames becomes a multiple of it; 0: as many as there are. */
  readonly padTo: number;
  readonly padValue: number;
  readonly version: FeaturizerVersion;
}

/** Values of `log_zero_guard_value` that are names of float32's limits. */
const GUARDS: Readonly<Record<string, number>> = { tiny: 2 ** -126, eps: 2 ** -23 };

/** @throws ToolError INVALID_CONFIG or UNSUPPORTED with the dotted path. */
export function parseFeaturizerConfig(
  preprocessor: unknown,
  version: FeaturizerVersion = "2.4",
): FeaturizerConfig {
  const section = new ConfigReader(preprocessor, "preprocessor");
  refuseOthers(section);
  const sampleRate = section.int("sample_rate", { default: 16000 });
  const windowSamples = samples(section, "window", sampleRate, 0.02);
  const highHertz = given(section, "highfreq") ? section.number("highfreq") : sampleRate / 2;
  const power = section.number("mag_power", 2);
  if (power !== 1 && power !== 2) throw section.contradiction("mag_power", "1 or 2");
  const features = section.has("nfilt") ? "nfilt" : "features";
  return {
    sampleRate,
    featureCount: section.int(features, { default: 64 }),
    windowSamples,
    hopSamples: samples(section, "window_stride", sampleRate, 0.01),
    fftSize: given(section, "n_fft")
      ? section.int("n_fft")
      : 2 ** Math.ceil(Math.log2(windowSamples)),
    window: section.choice("window", WINDOWS, "hann"),
    preemphasis: isNull(preprocessor, "preemph") ? 0 : section.number("preemph", 0.97),
    magnitudePower: power,
    lowHertz: section.number("lowfreq", 0),
    highHertz,
    slaneyNorm:
      !isNull(preprocessor, "mel_norm") &&
      section.choice("mel_norm", ["slaney"] as const, "slaney") === "slaney",
    log: section.boolean("log", true),
    logGuard: {
      kind: section.choice("log_zero_guard_type", ["add", "clamp"] as const, "add"),
      value:
        GUARDS[String(section.raw("log_zero_guard_value"))] ??
        section.number("log_zero_guard_value", 2 ** -24),
    },
    normalization: isNull(preprocessor, "normalize") ? { kind: "none" } : normalization(section),
    exactPad: section.boolean("exact_pad", false),
    padTo: section.int("pad_to", { default: 16, min: 0 }),
    padValue: section.number("pad_value", 0),
    version,
  };
}

function refuseOthers(section: ConfigReader): void {
  const target = section.string("_target_", "AudioToMelSpectrogramPreprocessor");
  const name = target.slice(target.lastIndexOf(".") + 1);
  const isKnown = ["AudioToMelSpectrogramPreprocessor", "FilterbankFeatures"].includes(name);
  const splicing = section.int("frame_splicing", { default: 1 });
  if (isKnown && splicing === 1) return;
  const what = isKnown ? `frame_splicing ${splicing}` : `the preprocessor ${name}`;
  throw new ToolError("UNSUPPORTED", `${what} cannot be built as a featurizer`, {
    at: section.pathOf(isKnown ? "frame_splicing" : "_target_"),
    hint: "supported: AudioToMelSpectrogramPreprocessor with frame_splicing 1",
  });
}

/** A duration in seconds (`window_size`, `window_stride`) or as a sample count (`n_window_…`). */
function samples(
  section: ConfigReader,
  name: "window" | "window_stride",
  sampleRate: number,
  fallback: number,
): number {
  const [seconds, count] = [
    name === "window" ? "window_size" : name,
    name === "window" ? "n_window_size" : "n_window_stride",
  ];
  if (given(section, count)) return section.int(count);
  const result = Math.trunc(
    (given(section, seconds) ? section.number(seconds) : fallback) * sampleRate,
  );
  if (result > 0) return result;
  throw section.contradiction(seconds, "a positive duration in seconds");
}

/** TTS configurations write `false` for what is unset. */
function given(section: ConfigReader, key: string): boolean {
  return section.has(key) && section.raw(key) !== false;
}

function isNull(preprocessor: unknown, key: string): boolean {
  const value = (preprocessor as Record<string, unknown>)[key];
  return value === null;
}

/** Any name that NeMo does not know, such as "NA" or "None", means none. */
function normalization(section: ConfigReader): FeatureNormalization {
  const value = section.raw("normalize");
  if (typeof value === "object") {
    const fixed = section.section("normalize");
    const numbers = (key: string): number[] => fixed.list(key).map(Number);
    return { kind: "fixed", mean: numbers("fixed_mean"), std: numbers("fixed_std") };
  }
  const name = section.string("normalize", "per_feature");
  return { kind: name === "per_feature" || name === "all_features" ? name : "none" };
}
