/**
 * Sample rate conversion by a windowed sinc (Kaiser window) in polyphase form, streaming: the
 * result does not depend on how the input is cut. The transition band ends at the lower Nyquist
 * frequency, so nothing folds back; 85 % of the band passes unchanged.
 *
 * Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974.
 */
import { ToolError } from "../errors/tool-error.ts";

/** A running conversion of one stream. */
export interface Resampler {
  /** Samples at the new rate that follow from what has arrived; a few ms stay behind. */
  push(samples: Float32Array): Float32Array;
  /** The rest, as if silence followed; in all `ceil(samples · to / from)` come out. */
  flush(): Float32Array;
}

export const MIN_SAMPLE_RATE = 8000;
export const MAX_SAMPLE_RATE = 96000;

/** Stop band attenuation in dB, half the filter's length in zero crossings. */
const ATTENUATION = 110;
const ZERO_CROSSINGS = 48;
/** Centre of the transition band, as part of the lower Nyquist frequency; its width is 0.15. */
const CUTOFF = 0.925;
/** Rates with a large common denominator are interpolated between this many phases (-118 dB). */
const MAX_PHASES = 1024;
const NO_SAMPLES = new Float32Array(0);

/**
 * @param fromRate, toRate whole Hz from 8000 to 96000; equal rates pass samples through.
 * @throws ToolError INVALID_REQUEST for other rates.
 */
export function createResampler(fromRate: number, toRate: number): Resampler {
  for (const rate of [fromRate, toRate]) checkRate(rate);
  if (fromRate === toRate) return { push: (samples) => samples, flush: () => NO_SAMPLES };
  return polyphase(fromRate, toRate);
}

function checkRate(rate: number): void {
  if (Number.isInteger(rate) && rate >= MIN_SAMPLE_RATE && rate <= MAX_SAMPLE_RATE) return;
  throw new ToolError(
    "INVALID_REQUEST",
    `a sample rate of ${rate} Hz, expected ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE}`,
    {
      hint: "check the sample rate in the request or the file header; convert other rates before sending",
    },
  );
}

function polyphase(fromRate: number, toRate: number): Resampler {
  const divisor = greatestCommonDivisor(fromRate, toRate);
  const up = toRate / divisor;
  const down = fromRate / divisor;
  const { rows, halfTaps } = filterFor(up, down);
  const taps = 2 * halfTaps;
  const phases = rows.length - 1;
  // `buffer` starts at input sample `first`; silence stands before the stream.
  let buffer = new Float32Array(halfTaps - 1);
  let first = 1 - halfTaps;
  let received = 0;
  // The next output lies at input time position + remainder / up.
  let position = 0;
  let remainder = 0;

  function produce(limit: number): Float32Array {
    const available = first + buffer.length - halfTaps;
    const count = countOutputs(Math.min(available, limit));
    const result = new Float32Array(count);
    for (let n = 0; n < count; n++) {
      const start = position - halfTaps + 1 - first;
      const phase = (remainder * phases) / up;
      const row = Math.floor(phase);
      const fraction = phase - row;
      const sum = dot(rows[row] as Float32Array, buffer, start, taps);
      result[n] =
        fraction === 0
          ? sum
          : sum + fraction * (dot(rows[row + 1] as Float32Array, buffer, start, taps) - sum);
      remainder += down;
      position += Math.floor(remainder / up);
      remainder %= up;
    }
    dropUsed();
    return result;
  }

  /** How many outputs lie before input sample `end`. */
  function countOutputs(end: number): number {
    return Math.max(0, Math.ceil(((end - position) * up - remainder) / down));
  }

  function dropUsed(): void {
    const unused = Math.min(Math.max(0, position - halfTaps + 1 - first), buffer.length);
    buffer = buffer.slice(unused);
    first += unused;
  }

  function append(samples: Float32Array): void {
    const joined = new Float32Array(buffer.length + samples.length);
    joined.set(buffer);
    joined.set(samples, buffer.length);
    buffer = joined;
  }

  return {
    push: (samples) => {
      append(samples);
      received += samples.length;
      return produce(Infinity);
    },
    flush: () => {
      append(new Float32Array(taps));
      return produce(received);
    },
  };
}

function dot(row: Float32Array, samples: Float32Array, start: number, taps: number): number {
  let sum = 0;
  for (let tap = 0; tap < taps; tap++)
    sum += (row[tap] as number) * (samples[start + tap] as number);
  return sum;
}

interface Filter {
  /** One row of taps a phase, and one more for phase 1 so that neighbours can be interpolated. */
  readonly rows: readonly Float32Array[];
  readonly halfTaps: number;
}

/** Streams of one rate share their filter; the few latest are kept. */
const filters = new Map<string, Filter>();
const MAX_FILTERS = 16;

function filterFor(up: number, down: number): Filter {
  const key = `${up}/${down}`;
  const known = filters.get(key);
  if (known !== undefined) return known;
  const made = makeFilter(up, down);
  const [oldest] = filters.keys();
  if (filters.size >= MAX_FILTERS && oldest !== undefined) filters.delete(oldest);
  filters.set(key, made);
  return made;
}

function makeFilter(up: number, down: number): Filter {
  const scale = Math.min(1, up / down);
  const halfTaps = Math.ceil(ZERO_CROSSINGS / scale);
  const phases = Math.min(up, MAX_PHASES);
  const beta = 0.1102 * (ATTENUATION - 8.7);
  const cutoff = CUTOFF * scale;
  const rows = Array.from({ length: phases + 1 }, (_, phase) => {
    const taps = Float64Array.from({ length: 2 * halfTaps }, (_, tap) => {
      const distance = halfTaps - 1 - tap + phase / phases;
      return cutoff * sinc(cutoff * distance) * kaiser(distance / halfTaps, beta);
    });
    // Every phase has the same gain, so that a constant stays constant.
    const gain = taps.reduce((sum, tap) => sum + tap, 0);
    return Float32Array.from(taps, (tap) => tap / gain);
  });
  return { rows, halfTaps };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kaiser = (x: number, beta: number): number =>
  Math.abs(x) >= 1 ? 0 : besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);

/** Modified Bessel function of order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
