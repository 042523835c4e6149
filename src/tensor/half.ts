/**
 * Half floats. Node 20 has no Float16Array, and Node 24's would change what onnxruntime-node
 * accepts, so halves travel as raw bits in a Uint16Array.
 * Formats: IEEE 754 binary16; bfloat16 is the upper half of a binary32.
 */
const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The value of binary16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Binary16 bits of the nearest representable value, ties to even. */
export function floatToHalf(value: number): number {
  single[0] = value;
  const bits = word[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to 65536 or more: infinity
  if (magnitude < 0x38800000) {
    // below 2^-14: subnormal; adding 0.5 lets the FPU round to a multiple of 2^-24
    single[0] = (single[0] < 0 ? -single[0] : single[0]) + 0.5;
    return sign | ((word[0] as number) - 0x3f000000);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** The value of bfloat16 bits. */
export function bfloat16ToFloat(bits: number): number {
  word[0] = bits << 16;
  return single[0] as number;
}
