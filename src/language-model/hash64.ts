/**
 * 64-bit arithmetic of KenLM's hash tables, in two 32-bit halves: BigInt would be twenty times
 * slower. MurmurHash64A is Austin Appleby's, in the public domain.
 */

/** A 64-bit number that functions here write their result into. */
export class Hash64 {
  low = 0;
  high = 0;
}

const MURMUR_LOW = 0x5bd1e995;
const MURMUR_HIGH = 0xc6a4a793;
/** Multipliers by which KenLM joins the hash of a context and a word id. */
const CONTEXT_LOW = 0x3b63f585;
const CONTEXT_HIGH = 0x7c9ba273;
const WORD_LOW = 0x21634907;
const WORD_HIGH = 0xf8574e12;

/** Upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const outer = Math.imul(a0, b1) >>> 0;
  const inner = Math.imul(a1, b0) >>> 0;
  const middle = ((Math.imul(a0, b0) >>> 16) + (outer & 0xffff) + (inner & 0xffff)) >>> 16;
  return (Math.imul(a1, b1) + (outer >>> 16) + (inner >>> 16) + middle) >>> 0;
}

function multiply(hash: Hash64, low: number, high: number): void {
  const upper = multiplyHigh(hash.low, low) + Math.imul(hash.low, high) + Math.imul(hash.high, low);
  hash.low = Math.imul(hash.low, low) >>> 0;
  hash.high = upper >>> 0;
}

/** MurmurHash64A with seed 0 of `bytes[start..end)`. */
export function murmurHash(hash: Hash64, bytes: Uint8Array, start: number, end: number): void {
  hash.low = end - start;
  hash.high = 0;
  multiply(hash, MURMUR_LOW, MURMUR_HIGH);
  const block = new Hash64();
  let at = start;
  for (; at + 8 <= end; at += 8) {
    block.low = uint32At(bytes, at);
    block.high = uint32At(bytes, at + 4);
    multiply(block, MURMUR_LOW, MURMUR_HIGH);
    shiftXor(block);
    multiply(block, MURMUR_LOW, MURMUR_HIGH);
    hash.low = (hash.low ^ block.low) >>> 0;
    hash.high = (hash.high ^ block.high) >>> 0;
    multiply(hash, MURMUR_LOW, MURMUR_HIGH);
  }
  if (at < end) {
    for (let n = 0; at + n < end; n++) {
      const byte = bytes[at + n] as number;
      if (n < 4) hash.low = (hash.low ^ (byte << (8 * n))) >>> 0;
      else hash.high = (hash.high ^ (byte << (8 * (n - 4)))) >>> 0;
    }
    multiply(hash, MURMUR_LOW, MURMUR_HIGH);
  }
  shiftXor(hash);
  multiply(hash, MURMUR_LOW, MURMUR_HIGH);
  shiftXor(hash);
}

/** `hash ^= hash >> 47` */
function shiftXor(hash: Hash64): void {
  hash.low = (hash.low ^ (hash.high >>> 15)) >>> 0;
}

function uint32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

/** Extends the hash of an n-gram (a single word's is its id) by one more word to the left. */
export function combineWordHash(hash: Hash64, wordId: number): void {
  multiply(hash, CONTEXT_LOW, CONTEXT_HIGH);
  const word = (wordId + 1) >>> 0;
  const low = Math.imul(word, WORD_LOW) >>> 0;
  const high = (multiplyHigh(word, WORD_LOW) + Math.imul(word, WORD_HIGH)) >>> 0;
  hash.low = (hash.low ^ low) >>> 0;
  hash.high = (hash.high ^ high) >>> 0;
}

/** The 64-bit number modulo `divisor` (below 2^37). */
export function remainder64(high: number, low: number, divisor: number): number {
  const first = remainder(high, divisor);
  const second = remainder(first * 65536 + (low >>> 16), divisor);
  return remainder(second * 65536 + (low & 0xffff), divisor);
}

/** `%` of doubles is a slow library call; dividing and mending the rounding is not. */
function remainder(value: number, divisor: number): number {
  const rest = value - Math.floor(value / divisor) * divisor;
  return rest < 0 ? rest + divisor : rest >= divisor ? rest - divisor : rest;
}
