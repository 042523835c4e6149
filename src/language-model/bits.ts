/** Integers and floats at any bit of a little-endian byte array, as KenLM's tries pack them. */

/** Bits that hold all integers up to `largest`. */
export function bitsFor(largest: number): number {
  let bits = 0;
  for (let rest = largest; rest >= 1; rest = Math.floor(rest / 2)) bits++;
  return bits;
}

/** An unsigned integer of at most 53 bits. The view must go 8 bytes beyond its first bit. */
export function readBits(view: DataView, start: number, bitOffset: number, bits: number): number {
  const low = readUpTo32(view, start, bitOffset, Math.min(bits, 32));
  if (bits <= 32) return low;
  return low + 2 ** 32 * readUpTo32(view, start, bitOffset + 32, bits - 32);
}

function readUpTo32(view: DataView, start: number, bitOffset: number, bits: number): number {
  if (bits === 0) return 0;
  const byte = Math.floor(bitOffset / 8);
  const shift = bitOffset - byte * 8;
  const at = start + byte;
  let value = view.getUint32(at, true) >>> shift;
  if (shift + bits > 32) value |= view.getUint8(at + 4) << (32 - shift);
  return (bits === 32 ? value : value & ((1 << bits) - 1)) >>> 0;
}

const floatBits = new DataView(new ArrayBuffer(4));

/** The float with these bits. */
export function floatOfBits(bits: number): number {
  floatBits.setUint32(0, bits);
  return floatBits.getFloat32(0);
}
