/**
 * UTF-8 without TextDecoder and TextEncoder, which bare V8 (inside Triton) does not have. What is
 * not UTF-8 becomes U+FFFD, one for each maximal wrong part, as the WHATWG decoder does.
 */

const REPLACEMENT = 0xfffd;
/** `String.fromCodePoint` takes its arguments on the stack: not too many at once. */
const PIECE_CODE_POINTS = 4096;

/** Text of the bytes; never fails. A byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  const pieces: string[] = [];
  let codePoints: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const { codePoint, sizeBytes } = readCodePoint(bytes, at);
    codePoints.push(codePoint);
    at += sizeBytes;
    if (codePoints.length === PIECE_CODE_POINTS) {
      pieces.push(String.fromCodePoint(...codePoints));
      codePoints = [];
    }
  }
  return pieces.join("") + String.fromCodePoint(...codePoints);
}

interface Read {
  readonly codePoint: number;
  readonly sizeBytes: number;
}

function readCodePoint(bytes: Uint8Array, at: number): Read {
  const first = bytes[at] as number;
  if (first < 0x80) return { codePoint: first, sizeBytes: 1 };
  const more =
    first >= 0xc2 && first < 0xe0
      ? 1
      : first >= 0xe0 && first < 0xf0
        ? 2
        : first >= 0xf0 && first < 0xf5
          ? 3
          : 0;
  if (more === 0) return { codePoint: REPLACEMENT, sizeBytes: 1 };
  let codePoint = first & (0x3f >> more);
  for (let n = 1; n <= more; n++) {
    const next = bytes[at + n] ?? 0;
    const [low, high] = n === 1 ? secondByteRange(first) : [0x80, 0xbf];
    if (next < low || next > high) return { codePoint: REPLACEMENT, sizeBytes: n };
    codePoint = (codePoint << 6) | (next & 0x3f);
  }
  return { codePoint, sizeBytes: more + 1 };
}

/** Shuts out overlong forms, surrogates and code points above U+10FFFF (Unicode table 3-7). */
function secondByteRange(first: number): readonly [low: number, high: number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  if (first === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

/** UTF-8 of the text; half a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const read = character.codePointAt(0) as number;
    const codePoint = read >= 0xd800 && read <= 0xdfff ? REPLACEMENT : read;
    if (codePoint < 0x80) bytes.push(codePoint);
    else if (codePoint < 0x800) bytes.push(0xc0 | (codePoint >> 6), tail(codePoint));
    else if (codePoint < 0x10000) {
      bytes.push(0xe0 | (codePoint >> 12), tail(codePoint >> 6), tail(codePoint));
    } else {
      const second = tail(codePoint >> 12);
      bytes.push(0xf0 | (codePoint >> 18), second, tail(codePoint >> 6), tail(codePoint));
    }
  }
  return Uint8Array.from(bytes);
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
