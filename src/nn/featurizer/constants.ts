/**
 * The constant matrices of a log-mel front end. A checkpoint has window and filterbank as
 * buffers; both also follow from the configuration in closed form.
 */
import type { FeaturizerConfig, Window } from "./config.ts";

export interface FeaturizerConstants {
  /** [windowSamples] */
  readonly window: Float32Array;
  /** [featureCount, fftSize / 2 + 1] in rows. */
  readonly filterbank: Float32Array;
}

/** Window and filterbank as the configuration says. */
export function computeConstants(config: FeaturizerConfig): FeaturizerConstants {
  return {
    window: windowOf(config.window, config.windowSamples),
    filterbank: melFilterbank(config),
  };
}

/**
 * How far the constants of a checkpoint are from what its configuration says: the largest
 * difference of a filterbank weight relative to the largest weight, and of a window value.
 * Undefined where the sizes differ.
 */
export function compareConstants(
  given: FeaturizerConstants,
  config: FeaturizerConfig,
): { readonly window: number | undefined; readonly filterbank: number | undefined } {
  const expected = computeConstants(config);
  const peak = expected.filterbank.reduce((a, b) => Math.max(a, b), 0);
  const filterbank = largestDifference(given.filterbank, expected.filterbank);
  return {
    window: largestDifference(given.window, expected.window),
    filterbank: filterbank === undefined ? undefined : filterbank / peak,
  };
}

/** torch's windows, symmetric (`periodic=False`). */
function windowOf(kind: Window, size: number): Float32Array {
  // sums of cosines of 0, 1, 2 … turns over the window
  const cosines: Readonly<Record<Exclude<Window, "bartlett">, readonly number[]>> = {
    hann: [0.5, -0.5],
    hamming: [0.54, -0.46],
    blackman: [0.42, -0.5, 0.08],
    none: [1],
  };
  const turn = (2 * Math.PI) / (size - 1);
  return Float32Array.from({ length: size }, (_, n) => {
    if (kind === "bartlett") return 1 - Math.abs((2 * n) / (size - 1) - 1);
    return cosines[kind].reduce(
      (sum, weight, order) => sum + weight * Math.cos(order * turn * n),
      0,
    );
  });
}

/** Slaney's mel scale: linear up to 1 kHz, then logarithmic. */
const LINEAR_HERTZ_PER_MEL = 200 / 3;
const BREAK_HERTZ = 1000;
const BREAK_MEL = BREAK_HERTZ / LINEAR_HERTZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

function hertzToMel(hertz: number): number {
  return hertz < BREAK_HERTZ
    ? hertz / LINEAR_HERTZ_PER_MEL
    : BREAK_MEL + Math.log(hertz / BREAK_HERTZ) / LOG_STEP;
}

function melToHertz(mel: number): number {
  return mel < BREAK_MEL
    ? mel * LINEAR_HERTZ_PER_MEL
    : BREAK_HERTZ * Math.exp(LOG_STEP * (mel - BREAK_MEL));
}

/** librosa's triangles: equally wide in mel, normalised by their area in hertz. */
function melFilterbank({
  featureCount,
  fftSize,
  sampleRate,
  lowHertz,
  highHertz,
  slaneyNorm,
}: FeaturizerConfig): Float32Array {
  const bins = Math.floor(fftSize / 2) + 1;
  const [low, high] = [hertzToMel(lowHertz), hertzToMel(highHertz)];
  const edges = Array.from({ length: featureCount + 2 }, (_, i) =>
    melToHertz(low + ((high - low) * i) / (featureCount + 1)),
  );
  const bank = new Float32Array(featureCount * bins);
  for (let mel = 0; mel < featureCount; mel++) {
    const [left, centre, right] = edges.slice(mel, mel + 3) as [number, number, number];
    const norm = slaneyNorm ? 2 / (right - left) : 1;
    for (let bin = 0; bin < bins; bin++) {
      const hertz = (bin * sampleRate) / fftSize;
      const rise = (hertz - left) / (centre - left);
      const fall = (right - hertz) / (right - centre);
      bank[mel * bins + bin] = norm * Math.max(0, Math.min(rise, fall));
    }
  }
  return bank;
}

/**
 * The Fourier transform of a windowed frame as a matrix: cosine rows, then sine rows,
 * [2 · (fftSize / 2 + 1), windowSamples]. The window stands in the middle of the transform's
 * frame, whose zeros are left out; only the phase depends on where it stands.
 */
export function fourierMatrix(window: Float32Array, fftSize: number): Float32Array {
  const bins = Math.floor(fftSize / 2) + 1;
  const offset = Math.floor((fftSize - window.length) / 2);
  const matrix = new Float32Array(2 * bins * window.length);
  for (let bin = 0; bin < bins; bin++) {
    for (let n = 0; n < window.length; n++) {
      // reduced before the multiplication, so that large products keep their digits
      const angle = (2 * Math.PI * ((bin * (n + offset)) % fftSize)) / fftSize;
      const weight = window[n] as number;
      matrix[bin * window.length + n] = weight * Math.cos(angle);
      matrix[(bins + bin) * window.length + n] = -weight * Math.sin(angle);
    }
  }
  return matrix;
}

/** Each row of a matrix twice, one after the other. */
export function repeatRows(matrix: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(2 * matrix.length);
  for (let start = 0; start < matrix.length; start += columns) {
    const row = matrix.subarray(start, start + columns);
    result.set(row, 2 * start);
    result.set(row, 2 * start + columns);
  }
  return result;
}

function largestDifference(a: Float32Array, b: Float32Array): number | undefined {
  if (a.length !== b.length) return undefined;
  return a.reduce(
    (worst, value, index) => Math.max(worst, Math.abs(value - (b[index] as number))),
    0,
  );
}
