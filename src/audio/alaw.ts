/**
 * G.711 A-law: one byte a sample, decoded by a table of all 256 values (ITU-T G.711, table 1a).
 */

/** Sample in [-1, 1) for each byte. */
export const ALAW_TABLE: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  // Every second bit travels inverted.
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return ((bits & 0x80) !== 0 ? magnitude : -magnitude) / 32768;
});
