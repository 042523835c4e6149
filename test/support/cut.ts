/** Cutting a stream into messages of seeded random sizes: nothing may depend on where the cuts are. */

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pieces of 0 to `maxLength` elements, together the whole array. */
export function cutRandomly<T extends Uint8Array | Float32Array>(
  whole: T,
  maxLength: number,
  seed: number,
): T[] {
  const random = seededRandom(seed);
  const pieces: T[] = [];
  for (let start = 0; start < whole.length;) {
    const end = start + Math.floor(random() * (maxLength + 1));
    pieces.push(whole.subarray(start, end) as T);
    start = end;
  }
  return pieces;
}

/** All pieces one after the other. */
export function joinFloats(pieces: readonly Float32Array[]): Float32Array {
  return Float32Array.from(pieces.flatMap((piece) => [...piece]));
}
