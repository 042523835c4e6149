import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../errors/tool-error.ts";
import { cutRandomly, joinFloats, seededRandom } from "../../test/support/cut.ts";
import { createResampler } from "./resample.ts";

const AMPLITUDE = 0.7;

function sine(hertz: number, rate: number, samples: number): Float32Array {
  return Float32Array.from(
    { length: samples },
    (_, n) => AMPLITUDE * Math.sin((2 * Math.PI * hertz * n) / rate),
  );
}

function resampleWhole(samples: Float32Array, from: number, to: number): Float32Array {
  const resampler = createResampler(from, to);
  return joinFloats([resampler.push(samples), resampler.flush()]);
}

/** Power of the expected sine over power of the difference, away from the ends, in dB. */
function signalToNoise(result: Float32Array, hertz: number, rate: number): number {
  const edge = Math.round(0.05 * rate);
  let signal = 0;
  let noise = 0;
  for (let n = edge; n < result.length - edge; n++) {
    const expected = AMPLITUDE * Math.sin((2 * Math.PI * hertz * n) / rate);
    signal += expected ** 2;
    noise += ((result[n] as number) - expected) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

const RATES: readonly (readonly [number, number])[] = [
  [8000, 16000],
  [48000, 16000],
  [44100, 16000],
  [22050, 16000],
  [11025, 16000],
  [96000, 8000],
  [16000, 22050],
  [44101, 16000],
  [16000, 47999],
];

for (const [from, to] of RATES) {
  test(`resample ${from} to ${to}: sines within 85 % of the band keep 100 dB`, () => {
    const band = Math.min(from, to) / 2;
    for (const hertz of [50, 1000, 0.5 * band, 0.85 * band]) {
      const result = resampleWhole(sine(hertz, from, Math.round(from * 0.4)), from, to);
      const ratio = signalToNoise(result, hertz, to);
      assert.ok(ratio >= 100, `${hertz} Hz: ${ratio.toFixed(1)} dB`);
    }
  });
}

test("resample: what lies above the new band is gone by 100 dB", () => {
  for (const hertz of [8010, 9000, 15000, 23000]) {
    const result = resampleWhole(sine(hertz, 48000, 19200), 48000, 16000);
    const loudest = Math.max(...result.subarray(800, -800).map(Math.abs));
    assert.ok(20 * Math.log10(loudest / AMPLITUDE) < -100, `${hertz} Hz: ${loudest}`);
  }
});

test("resample: the result does not depend on how the input is cut", () => {
  const random = seededRandom(5);
  const noise = Float32Array.from({ length: 20_000 }, () => random() - 0.5);
  for (const [from, to] of RATES) {
    const whole = resampleWhole(noise, from, to);
    for (const maxLength of [3, 700]) {
      const resampler = createResampler(from, to);
      const pieces = cutRandomly(noise, maxLength, 8).map((piece) => resampler.push(piece));
      assert.deepEqual(joinFloats([...pieces, resampler.flush()]), whole, `${from} to ${to}`);
    }
  }
});

test("resample: length and place are kept", () => {
  for (const [from, to] of RATES) {
    for (const length of [0, 1, 999]) {
      const result = resampleWhole(new Float32Array(length).fill(0.5), from, to);
      assert.equal(result.length, Math.ceil((length * to) / from), `${from} to ${to}`);
    }
  }
});

test("resample: a constant stays constant", () => {
  const result = resampleWhole(new Float32Array(4410).fill(0.5), 44100, 16000);
  for (const sample of result.subarray(400, -400))
    assert.ok(Math.abs(sample - 0.5) < 1e-6, `${sample}`);
});

test("resample: equal rates pass the samples through", () => {
  const samples = Float32Array.of(1, 2, 3);
  const resampler = createResampler(16000, 16000);
  assert.equal(resampler.push(samples), samples);
  assert.equal(resampler.flush().length, 0);
});

test("resample: refuses rates outside 8000 to 96000", () => {
  for (const [from, to] of [
    [0, 16000],
    [7999, 16000],
    [96001, 16000],
    [16000, 0],
    [44100.5, 16000],
    [NaN, 16000],
  ] as const) {
    assert.throws(
      () => createResampler(from, to),
      (error: unknown) => isToolError(error, "INVALID_REQUEST"),
    );
  }
});
