/**
 * NeMo's log-mel front end, slow and obvious, in float64: the reference that the featurizer graph
 * is held against. Steps as in nemo.collections.asr FilterbankFeatures, without dither (which is
 * for training only).
 */

export interface LogMelOptions {
  readonly sampleRate: number;
  readonly windowSamples: number;
  readonly hopSamples: number;
  readonly fftSize: number;
  readonly features: number;
  readonly lowHertz: number;
  readonly highHertz: number;
  /** 0 switches pre-emphasis off. */
  readonly preemphasis: number;
  readonly magnitudePower: number;
  readonly logGuard: { readonly kind: "add" | "clamp"; readonly value: number };
  readonly normalize: "per_feature" | "all_features" | "none";
  /** TTS: padding of (fftSize - hop) / 2 in place of a centred transform. */
  readonly exactPad: boolean;
  /** What stands around the audio: reflection to NeMo 2.4, zeros from 2.5. */
  readonly edges: "reflect" | "constant";
  /** Frames counted as valid beyond the last full hop: 1 to NeMo 2.4, 0 from 2.5. */
  readonly extraFrames: 0 | 1;
  readonly padTo: number;
  readonly padValue: number;
}

export const NEMO_ASR_DEFAULTS: LogMelOptions = {
  sampleRate: 16000,
  windowSamples: 400,
  hopSamples: 160,
  fftSize: 512,
  features: 80,
  lowHertz: 0,
  highHertz: 8000,
  preemphasis: 0.97,
  magnitudePower: 2,
  logGuard: { kind: "add", value: 2 ** -24 },
  normalize: "per_feature",
  exactPad: false,
  edges: "reflect",
  extraFrames: 1,
  padTo: 0,
  padValue: 0,
};

export interface LogMel {
  /** One row a mel bin, one column a frame; columns from `validFrames` on hold the pad value. */
  readonly rows: readonly Float64Array[];
  readonly validFrames: number;
}

/** Log-mel features of one recording. */
export function logMel(audio: ArrayLike<number>, options: LogMelOptions): LogMel {
  const { fftSize, hopSamples, features } = options;
  const edge = Math.floor((options.exactPad ? fftSize - hopSamples : fftSize) / 2);
  const padded = pad(emphasize(Array.from(audio), options.preemphasis), edge, options.edges);
  const validFrames =
    Math.floor((audio.length + 2 * edge - fftSize) / hopSamples) + options.extraFrames;
  const frames = Math.floor((padded.length - fftSize) / hopSamples) + 1;
  const window = hann(options.windowSamples, fftSize);
  const bank = melBank(options);
  const rows = Array.from(
    { length: features },
    () => new Float64Array(roundUp(frames, options.padTo)),
  );
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * hopSamples;
    const windowed = window.map((weight, n) => weight * (padded[start + n] as number));
    const power = magnitudes(windowed).map((magnitude) => magnitude ** options.magnitudePower);
    bank.forEach((triangle, mel) => {
      const energy = triangle.reduce(
        (sum, weight, bin) => sum + weight * (power[bin] as number),
        0,
      );
      (rows[mel] as Float64Array)[frame] = guardedLog(energy, options.logGuard);
    });
  }
  normalizeRows(rows, validFrames, options.normalize);
  for (const row of rows) row.fill(options.padValue, validFrames);
  return { rows, validFrames };
}

function emphasize(audio: readonly number[], factor: number): number[] {
  return audio.map((sample, n) => (n === 0 ? sample : sample - factor * (audio[n - 1] as number)));
}

function pad(audio: readonly number[], edge: number, edges: LogMelOptions["edges"]): number[] {
  return Array.from({ length: audio.length + 2 * edge }, (_, n) => {
    const position = n - edge;
    if (edges === "constant") return audio[position] ?? 0;
    const mirrored = position < 0 ? -position : position;
    return audio[mirrored < audio.length ? mirrored : 2 * (audio.length - 1) - mirrored] ?? 0;
  });
}

/** Symmetric Hann window in the middle of a frame. */
function hann(windowSamples: number, fftSize: number): number[] {
  const left = Math.floor((fftSize - windowSamples) / 2);
  return Array.from({ length: fftSize }, (_, n) => {
    const position = n - left;
    if (position < 0 || position >= windowSamples) return 0;
    return 0.5 - 0.5 * Math.cos((2 * Math.PI * position) / (windowSamples - 1));
  });
}

/** |DFT| of a real frame, by definition. */
function magnitudes(frame: readonly number[]): number[] {
  const size = frame.length;
  return Array.from({ length: size / 2 + 1 }, (_, bin) => {
    let real = 0;
    let imaginary = 0;
    frame.forEach((sample, n) => {
      const angle = (2 * Math.PI * ((bin * n) % size)) / size;
      real += sample * Math.cos(angle);
      imaginary -= sample * Math.sin(angle);
    });
    return Math.hypot(real, imaginary);
  });
}

/** Slaney's mel scale: linear below 1 kHz, logarithmic above. */
const LINEAR_HERTZ = 200 / 3;
const LOG_STEP = Math.log(6.4) / 27;
const hertzToMel = (hertz: number): number =>
  hertz < 1000 ? hertz / LINEAR_HERTZ : 15 + Math.log(hertz / 1000) / LOG_STEP;
const melToHertz = (mel: number): number =>
  mel < 15 ? mel * LINEAR_HERTZ : 1000 * Math.exp((mel - 15) * LOG_STEP);

/** Triangles of equal area, one row a mel bin, one column an FFT bin. */
export function melBank(options: LogMelOptions): number[][] {
  const low = hertzToMel(options.lowHertz);
  const high = hertzToMel(options.highHertz);
  const edges = Array.from({ length: options.features + 2 }, (_, n) =>
    melToHertz(low + ((high - low) * n) / (options.features + 1)),
  );
  return Array.from({ length: options.features }, (_, mel) => {
    const [left = 0, centre = 0, right = 0] = edges.slice(mel, mel + 3);
    return Array.from({ length: options.fftSize / 2 + 1 }, (_, bin) => {
      const hertz = (bin * options.sampleRate) / options.fftSize;
      const height = Math.min((hertz - left) / (centre - left), (right - hertz) / (right - centre));
      return (Math.max(0, height) * 2) / (right - left);
    });
  });
}

function guardedLog(energy: number, guard: LogMelOptions["logGuard"]): number {
  return Math.log(guard.kind === "add" ? energy + guard.value : Math.max(energy, guard.value));
}

function normalizeRows(
  rows: readonly Float64Array[],
  valid: number,
  kind: LogMelOptions["normalize"],
): void {
  if (kind === "none") return;
  const groups = kind === "per_feature" ? rows.map((row) => [row]) : [rows];
  for (const group of groups) {
    const values = group.flatMap((row) => [...row.subarray(0, valid)]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    // One value has no deviation; NeMo from 2.5 takes 0.
    const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
    for (const row of group)
      row.forEach((value, n) => (row[n] = (value - mean) / (deviation + 1e-5)));
  }
}

const roundUp = (frames: number, step: number): number =>
  step > 0 ? Math.ceil(frames / step) * step : frames;
