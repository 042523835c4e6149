/** FLAC by a WebAssembly build of libFLAC, loaded with the first FLAC stream. */
import { type AudioDecoder, audioError, NO_SAMPLES } from "./decoder.ts";

/** Where STREAMINFO, always the first block, ends: "fLaC", block header, 34 bytes. */
const STREAM_INFO_END = 42;
const SAMPLE_RATE_OFFSET = 18;
const BLOCK_TYPE_OFFSET = 4;
const LAST_BLOCK_FLAG = 0x80;

/** A frame of 14 bytes can hold 65 535 samples of silence on 8 channels. */
const SLICE_BYTES = 1024;

/** True if the bytes start like a FLAC file; needs the first 4. */
export function looksLikeFlac(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && String.fromCharCode(...bytes.subarray(0, 4)) === "fLaC";
}

/** @returns a decoder at the start of a file */
export async function createFlacDecoder(): Promise<AudioDecoder> {
  const { FLACDecoder } = await import("@wasm-audio-decoders/flac");
  const decoder = new FLACDecoder();
  await decoder.ready;
  let isOpen = true;
  let header: Uint8Array = new Uint8Array(0);
  let sampleRate: number | undefined;
  let decoded = 0;

  /**
   * Frames may leave out what STREAMINFO says, but the package hands only frames to libFLAC: so
   * it gets STREAMINFO first, marked as the last of the blocks before the frames.
   */
  const readHeader = async (bytes: Uint8Array): Promise<void> => {
    if (sampleRate !== undefined) return;
    header = Buffer.concat([header, bytes]).subarray(0, STREAM_INFO_END);
    if (header.length < STREAM_INFO_END) return;
    // 20 bits, high bits first
    const rate =
      new DataView(header.buffer, header.byteOffset).getUint32(SAMPLE_RATE_OFFSET) >>> 12;
    if (rate === 0) throw audioError("flac: 0 Hz, expected a sample rate");
    sampleRate = rate;
    const info = Uint8Array.from(header);
    info[BLOCK_TYPE_OFFSET] = LAST_BLOCK_FLAG;
    await decoder.decodeFrames([info]);
  };

  const take = (audio: {
    channelData: Float32Array[];
    errors: readonly unknown[];
  }): Float32Array => {
    if (audio.errors.length > 0) throw audioError("flac: the audio is damaged");
    const samples = audio.channelData[0] ?? NO_SAMPLES;
    decoded += samples.length;
    return samples;
  };

  return {
    sliceBytes: SLICE_BYTES,
    get sampleRate() {
      return sampleRate;
    },
    push: async (bytes) => {
      await readHeader(bytes);
      return take(await decoder.decode(bytes));
    },
    finish: async () => {
      if (sampleRate === undefined) throw audioError("flac: the audio ends within its header");
      const rest = take(await decoder.flush());
      if (decoded === 0)
        throw audioError("flac: the audio is damaged, no frame in it can be decoded");
      return rest;
    },
    close: () => {
      if (isOpen) decoder.free();
      isOpen = false;
    },
  };
}
