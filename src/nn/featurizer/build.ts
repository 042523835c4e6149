/**
 * NeMo's log-mel front end as a graph of plain arithmetic, so that every engine can run it:
 * the Fourier transform is a convolution with a constant matrix. Rows of a batch may differ in
 * length. All sums are float32.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { memoryView } from "../../tensor/memory-view.ts";
import type { ModelGraph } from "../../tensor/model-graph.ts";
import { Lengths, type WindowArithmetic } from "../lengths.ts";
import type { FeaturizerConfig } from "./config.ts";
import {
  computeConstants,
  fourierMatrix,
  repeatRows,
  type FeaturizerConstants,
} from "./constants.ts";
import { normalizeFeatures } from "./normalize.ts";
import { reflectSamples } from "./reflect.ts";

export interface FeaturizerOptions {
  /** From a checkpoint; default: computed from the configuration. */
  readonly constants?: FeaturizerConstants;
  /** Instead of the configuration's; 0 in a model repository, where windows set the length. */
  readonly padTo?: number;
  readonly opset?: number;
}

/**
 * `AUDIO_SIGNAL` float32 [B, N] in −1 … 1 and `AUDIO_LENGTH` int64 [B] give `AUDIO_FEATURES`
 * float32 [B, mels, T] and `FEATURES_LENGTH` int64 [B].
 * @throws ToolError INVALID_CONFIG if constants and configuration contradict each other.
 */
export function buildFeaturizer(
  config: FeaturizerConfig,
  options: FeaturizerOptions = {},
): ModelGraph {
  const constants = options.constants ?? computeConstants(config);
  checkSizes(config, constants);
  const g = new GraphBuilder({
    name: "featurizer",
    ...(options.opset === undefined ? {} : { opset: options.opset }),
  });
  const audio = g.input("AUDIO_SIGNAL", "float32", ["B", "N"]);
  const audioLengths = new Lengths(g, g.input("AUDIO_LENGTH", "int64", ["B"]));

  const emphasized = emphasize(g, audio, config.preemphasis);
  const cut = config.version === "2.5" ? zeroBehindLength(g, emphasized, audioLengths) : emphasized;
  const energies = spectrogram(g, cut, config, constants);
  const mels = logarithm(g, energies, config);
  const lengths = featureLengths(g, audioLengths, config);
  const normalized = normalizeFeatures(g, mels, lengths, config);
  const padded = padFrames(g, normalized, lengths, options.padTo ?? config.padTo, config.padValue);
  g.output("AUDIO_FEATURES", padded);
  g.output("FEATURES_LENGTH", lengths.value);
  return g.build();
}

/** `y[t] = x[t] − p · x[t−1]`, with nothing before the first sample. */
function emphasize(g: GraphBuilder, x: Value, preemphasis: number): Value {
  if (preemphasis === 0) return x;
  return g.scope("preemphasis", () => {
    const before = g.Slice(g.Pad(x, [0, 1, 0, 0]), [{ axis: 1, start: 0, end: -1 }]);
    return g.Sub(x, g.Mul(before, preemphasis));
  });
}

function zeroBehindLength(g: GraphBuilder, x: Value, lengths: Lengths): Value {
  return g.Where(lengths.valid(x, 1), x, 0);
}

/** Samples that NeMo puts before and behind the audio. */
function edgeSamples({ fftSize, hopSamples, exactPad }: FeaturizerConfig): number {
  return Math.floor((exactPad ? fftSize - hopSamples : fftSize) / 2);
}

/** [B, N] to mel energies [B, mels, T]. */
function spectrogram(
  g: GraphBuilder,
  x: Value,
  config: FeaturizerConfig,
  constants: FeaturizerConstants,
): Value {
  const { fftSize, hopSamples, windowSamples, featureCount, magnitudePower } = config;
  const bins = Math.floor(fftSize / 2) + 1;
  // a window shorter than the transform: the zeros around it need no samples
  const before = Math.floor((fftSize - windowSamples) / 2);
  const edge = edgeSamples(config);
  const [left, right] = [edge - before, edge - (fftSize - windowSamples - before)];
  return g.scope("stft", () => {
    const framed =
      config.version === "2.5" ? padZeros(g, x, left, right) : reflectSamples(g, x, left, right);
    const matrix = memoryView("float32", fourierMatrix(constants.window, fftSize), [
      2 * bins,
      1,
      windowSamples,
    ]);
    const kernel = g.weight("stft.matrix", matrix);
    const parts = g.Conv(g.Unsqueeze(framed, [1]), kernel, { strides: [hopSamples] });
    const squares = g.Mul(parts, parts);
    // the power of a bin is the sum of two squares: the filterbank, repeated, sums them along
    if (magnitudePower === 2) {
      const twice = repeatRows(constants.filterbank, bins);
      const bank = memoryView("float32", twice, [featureCount, 2 * bins]);
      return g.MatMul(g.weight("filterbank", bank), squares);
    }
    const bank = memoryView("float32", constants.filterbank, [featureCount, bins]);
    const [real, imaginary] = g.Split(squares, [bins, bins], 1) as [Value, Value];
    return g.MatMul(g.weight("filterbank", bank), g.Sqrt(g.Add(real, imaginary)));
  });
}

function padZeros(g: GraphBuilder, x: Value, left: number, right: number): Value {
  return g.Pad(x, [0, left, 0, right]);
}

function logarithm(g: GraphBuilder, x: Value, { log, logGuard }: FeaturizerConfig): Value {
  if (!log) return x;
  return g.scope("log", () =>
    g.Log(logGuard.kind === "add" ? g.Add(x, logGuard.value) : g.Max(x, logGuard.value)),
  );
}

/** How many frames of each row are real; none of a row without samples. */
function featureLengths(g: GraphBuilder, audio: Lengths, config: FeaturizerConfig): Lengths {
  const { fftSize, hopSamples, version } = config;
  const padding = 2 * edgeSamples(config);
  const arithmetic: WindowArithmetic = {
    extent: version === "2.5" ? fftSize + hopSamples : fftSize,
    padding,
    stride: hopSamples,
  };
  const counted = audio.after(arithmetic);
  return new Lengths(
    g,
    g.scope("lengths", () => g.Min(counted.value, audio.value)),
  );
}

/** Fills what is behind each row's length and up to a multiple of `padTo` frames. */
function padFrames(
  g: GraphBuilder,
  x: Value,
  lengths: Lengths,
  padTo: number,
  padValue: number,
): Value {
  return g.scope("pad", () => {
    const valid = g.Unsqueeze(lengths.valid(x, 2), [1]);
    const filled = g.Where(valid, x, padValue);
    if (padTo <= 1) return filled;
    const frames = g.sizeOf(filled, 2);
    const rounded = g.Mul(g.Div(g.Add(frames, padTo - 1), padTo), padTo);
    const pads = g.Concat([g.constant("int64", [0, 0, 0, 0, 0]), g.Sub(rounded, frames)], 0);
    const [batch = "?", mels = "?"] = filled.shape;
    return g.Pad(filled, pads, { value: padValue, result: [batch, mels, "T"] });
  });
}

function checkSizes(config: FeaturizerConfig, { window, filterbank }: FeaturizerConstants): void {
  const { windowSamples, fftSize, featureCount } = config;
  const expected = featureCount * (Math.floor(fftSize / 2) + 1);
  const isWhole =
    window.length === windowSamples && filterbank.length === expected && windowSamples <= fftSize;
  const edge = edgeSamples(config);
  if (isWhole && edge >= Math.ceil((fftSize - windowSamples) / 2)) return;
  throw new ToolError(
    "INVALID_CONFIG",
    `a window of ${window.length} samples and ${filterbank.length} filterbank weights; expected ${windowSamples}, at most n_fft ${fftSize}, and ${expected}`,
    {
      at: "preprocessor",
      hint: "window_size, n_fft and features contradict each other or the weights of the checkpoint",
    },
  );
}
