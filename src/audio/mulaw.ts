/**
 * G.711 µ-law: one byte a sample, decoded by a table of all 256 values (ITU-T G.711, table 2a).
 */

/** Sample in [-1, 1) for each byte. */
export const MULAW_TABLE: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 0xff;
  const exponent = (bits >> 4) & 7;
  const magnitude = ((((bits & 15) << 3) + 0x84) << exponent) - 0x84;
  return ((bits & 0x80) !== 0 ? -magnitude : magnitude) / 32768;
});
