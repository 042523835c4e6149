/** Float32 samples as bytes: what goes to a listener or into a file. */

/** 16-bit signed little-endian; what is louder than full scale is clipped. */
export function encodePcm16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length);
  const view = new DataView(bytes.buffer);
  for (let n = 0; n < samples.length; n++) {
    const value = Math.round((samples[n] as number) * 32768);
    view.setInt16(2 * n, Math.max(-32768, Math.min(32767, value)), true);
  }
  return bytes;
}

/** The 44 bytes before `sizeBytes` of 16-bit samples of one channel that make them a WAV file. */
export function wavHeader(sizeBytes: number, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(44);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string): void =>
    bytes.set(
      Array.from(word, (letter) => letter.charCodeAt(0)),
      at,
    );
  text(0, "RIFF");
  view.setUint32(4, 36 + sizeBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, sizeBytes, true);
  return bytes;
}
