/**
 * The checksum of an Ogg page: CRC-32 with polynomial 0x04C11DB7, not reflected, start and final
 * value 0, over the whole page with its own checksum field taken as zero (RFC 3533 section 6).
 */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit++) rest = (rest << 1) ^ (rest < 0 ? 0x04c11db7 : 0);
  return rest;
});

const FIELD_START = 22;
const FIELD_END = 26;

/** Checksum of a whole page. */
export function oggChecksum(page: Uint8Array): number {
  let sum = 0;
  page.forEach((byte, index) => {
    const counted = index >= FIELD_START && index < FIELD_END ? 0 : byte;
    sum = (sum << 8) ^ (TABLE[(sum >>> 24) ^ counted] as number);
  });
  return sum >>> 0;
}
