/**
 * Log-probabilities that look like a CTC model's, from a seed: the tokens of a sentence as peaks
 * of random height, noise, and wrong peaks. `test/conformance/beam_search_oracle.py` makes the
 * same ones, so that a recorded result needs no recorded matrix.
 */

export interface MatrixCase {
  readonly seed: number;
  /** Tokens in the order they are spoken. */
  readonly spoken: readonly number[];
  /** Height of the noise; the spoken token's peak is 2 to 8. */
  readonly noise: number;
}

/** mulberry32 */
export function mulberry(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** [timesteps, blank + 1] natural log-probabilities; the blank is the last token. */
export function ctcMatrix({ seed, spoken, noise }: MatrixCase, blank: number): Float32Array {
  const draw = mulberry(seed);
  const size = blank + 1;
  const path = spoken.flatMap((token) => [
    ...new Array<number>(Math.floor(draw() * 3)).fill(blank),
    ...new Array<number>(1 + Math.floor(draw() * 2)).fill(token),
  ]);
  path.push(blank, blank);
  const matrix = new Float32Array(path.length * size);
  path.forEach((token, timestep) => {
    const row = Float64Array.from({ length: size }, () => draw() * noise);
    row[token] = (row[token] as number) + 2 + 6 * draw();
    const wrong = Math.floor(draw() * size);
    row[wrong] = (row[wrong] as number) + 6 * draw();
    matrix.set(logSoftmax(row), timestep * size);
  });
  return matrix;
}

function logSoftmax(row: Float64Array): Float64Array {
  const highest = Math.max(...row);
  const total = row.reduce((sum, value) => sum + Math.exp(value - highest), 0);
  return row.map((value) => value - highest - Math.log(total));
}
