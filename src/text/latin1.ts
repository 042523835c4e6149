/** Latin-1 bytes to text: CMU dictionaries are read this way, as NeMo does. */

/** `String.fromCharCode` takes its arguments on the stack: not too many at once. */
const PIECE_BYTES = 8192;

/** One character a byte, U+0000 to U+00FF; never fails. */
export function decodeLatin1(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    // Spreading the piece goes through its iterator, which is ten times as slow.
    pieces.push(String.fromCharCode.apply(null, piece as unknown as number[]));
  }
  return pieces.join("");
}
