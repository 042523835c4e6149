/**
 * NeMo's `preprocessor` section (AudioToMelSpectrogramPreprocessor, FilterbankFeatures) as what
 * determines the features. Source of keys and defaults: NeMo, asr/modules/audio_preprocessing.py
 * and asr/parts/preprocessing/features.py. Dither is for training and left out.
 */
import { ToolError } from "../../errors/tool-error.ts";

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

/** How the values of a configuration are read; `formats/nemo` has it as ConfigNode. */
export interface PreprocessorSection {
  readonly path: string;
  readonly value: unknown;
  /** False for a missing, null or `None` value. */
  readonly isPresent: boolean;
  get(key: string): PreprocessorSection;
  string(): string;
  number(): number;
  boolean(): boolean;
  integer(range?: { readonly min?: number }): number;
  oneOf<const T extends string>(choices: readonly T[]): T;
  items(): readonly PreprocessorSection[];
  unexpected(expected: string): ToolError;
}

/**
 * Reads the `preprocessor` section of a model configuration.
 * @throws ToolError INVALID_CONFIG or UNSUPPORTED with the dotted path.
 */
export function parseFeaturizerConfig(
  section: PreprocessorSection,
  version: FeaturizerVersion = "2.4",
): FeaturizerConfig {
  refuseOthers(section);
  const sampleRate = count(section.get("sample_rate"), 16000);
  const windowSamples = samples(section, "window_size", "n_window_size", sampleRate, 0.02);
  const number = (key: string, fallback: number): number =>
    isGiven(section.get(key)) ? section.get(key).number() : fallback;
  const power = number("mag_power", 2);
  if (power !== 1 && power !== 2) throw section.get("mag_power").unexpected("1 or 2");
  // absent means the default, null means none
  const unlessNull = (key: string, fallback: number): number =>
    section.get(key).value === null ? 0 : number(key, fallback);
  return {
    sampleRate,
    featureCount: count(section.get(section.get("nfilt").isPresent ? "nfilt" : "features"), 64),
    windowSamples,
    hopSamples: samples(section, "window_stride", "n_window_stride", sampleRate, 0.01),
    fftSize: count(section.get("n_fft"), 2 ** Math.ceil(Math.log2(windowSamples))),
    window: parseWindow(section.get("window")),
    preemphasis: unlessNull("preemph", 0.97),
    magnitudePower: power,
    lowHertz: number("lowfreq", 0),
    highHertz: number("highfreq", sampleRate / 2),
    slaneyNorm: parseMelNorm(section.get("mel_norm")),
    log: section.get("log").isPresent ? section.get("log").boolean() : true,
    logGuard: parseLogGuard(section),
    normalization: parseNormalization(section.get("normalize")),
    exactPad: section.get("exact_pad").isPresent && section.get("exact_pad").boolean(),
    padTo: isGiven(section.get("pad_to")) ? section.get("pad_to").integer({ min: 0 }) : 16,
    padValue: number("pad_value", 0),
    version,
  };
}

function refuseOthers(section: PreprocessorSection): void {
  const target = section.get("_target_");
  const name = target.isPresent ? target.string().split(".").at(-1) : undefined;
  const isKnown =
    name === undefined ||
    ["AudioToMelSpectrogramPreprocessor", "FilterbankFeatures"].includes(name);
  const splicing = count(section.get("frame_splicing"), 1);
  if (isKnown && splicing === 1) return;
  const what = isKnown ? `frame_splicing ${splicing}` : `the preprocessor ${name}`;
  throw new ToolError("UNSUPPORTED", `${what} cannot be built as a featurizer`, {
    at: isKnown ? section.get("frame_splicing").path : target.path,
    hint: "supported: AudioToMelSpectrogramPreprocessor with frame_splicing 1",
  });
}

/** TTS configurations write `false` for what is unset. */
function isGiven(node: PreprocessorSection): boolean {
  return node.isPresent && node.value !== false;
}

function count(node: PreprocessorSection, fallback: number): number {
  return isGiven(node) ? node.integer({ min: 1 }) : fallback;
}

/** A duration in seconds, or a number of samples. */
function samples(
  section: PreprocessorSection,
  secondsKey: string,
  samplesKey: string,
  sampleRate: number,
  fallbackSeconds: number,
): number {
  if (isGiven(section.get(samplesKey))) return section.get(samplesKey).integer({ min: 1 });
  const seconds = section.get(secondsKey);
  const result = Math.trunc((isGiven(seconds) ? seconds.number() : fallbackSeconds) * sampleRate);
  if (result > 0) return result;
  throw seconds.unexpected("a positive duration in seconds");
}

function parseWindow(node: PreprocessorSection): Window {
  // null and "None" are a window of ones; an absent key is Hann's
  if (!node.isPresent) return node.value === undefined ? "hann" : "none";
  return node.oneOf(WINDOWS);
}

function parseMelNorm(node: PreprocessorSection): boolean {
  if (!node.isPresent) return node.value === undefined;
  return node.oneOf(["slaney"]) === "slaney";
}

function parseLogGuard(section: PreprocessorSection): FeaturizerConfig["logGuard"] {
  const kind = section.get("log_zero_guard_type");
  const value = section.get("log_zero_guard_value");
  const named = typeof value.value === "string" ? GUARDS[value.value] : undefined;
  return {
    kind: kind.isPresent ? kind.oneOf(["add", "clamp"]) : "add",
    value: named ?? (value.isPresent ? value.number() : 2 ** -24),
  };
}

/** Any name that NeMo does not know, such as "NA" or "None", means none. */
function parseNormalization(node: PreprocessorSection): FeatureNormalization {
  if (node.value === undefined) return { kind: "per_feature" };
  if (typeof node.value === "string") {
    const known = (["per_feature", "all_features"] as const).find((name) => name === node.value);
    return { kind: known ?? "none" };
  }
  if (!node.isPresent) return { kind: "none" };
  const numbers = (key: string): number[] =>
    node
      .get(key)
      .items()
      .map((item) => item.number());
  return { kind: "fixed", mean: numbers("fixed_mean"), std: numbers("fixed_std") };
}
