/** Opus in Ogg: our demuxer and a WebAssembly build of libopus, loaded with the first stream. */
import { createOggOpusReader } from "../../audio/ogg.ts";
import type { OpusDecoder } from "opus-decoder";
import { type AudioDecoder, audioError, NO_SAMPLES } from "./decoder.ts";

/** Opus decodes at 48 kHz; positions in the file count at this rate too (RFC 7845). */
const OPUS_RATE = 48_000;
/** A packet of 2 bytes can hold 120 ms of silence. */
const SLICE_BYTES = 4096;

/** @returns a decoder at the start of a file */
export async function createOggOpusDecoder(): Promise<AudioDecoder> {
  const opus = await import("opus-decoder");
  const reader = createOggOpusReader();
  let decoder: OpusDecoder | undefined;
  /** Samples decoded so far, those of the pre-skip among them. */
  let position = 0;

  const open = async (): Promise<OpusDecoder | undefined> => {
    const { head } = reader;
    if (decoder !== undefined || head === undefined) return decoder;
    const made: OpusDecoder = new opus.OpusDecoder({
      channels: head.channels,
      streamCount: head.streamCount,
      coupledStreamCount: head.coupledStreamCount,
      channelMappingTable: [...head.channelMapping],
      preSkip: 0,
    });
    await made.ready;
    decoder = made;
    return made;
  };

  /** Without the pre-skip at the start and the padding behind the last page's position. */
  const trim = (samples: Float32Array): Float32Array => {
    const preSkip = reader.head?.preSkip ?? 0;
    const end = Math.min(position + samples.length, Number(reader.granulePosition));
    const from = Math.max(0, preSkip - position);
    const to = Math.max(from, end - position);
    position += samples.length;
    return samples.subarray(from, to);
  };

  return {
    sliceBytes: SLICE_BYTES,
    sampleRate: OPUS_RATE,
    push: async (bytes) => {
      const packets = reader.push(bytes);
      const opened = await open();
      if (opened === undefined || packets.length === 0) return NO_SAMPLES;
      const { channelData, errors } = opened.decodeFrames(packets);
      if (errors.length > 0) throw audioError("opus: a packet is damaged");
      const gain = reader.head?.gain ?? 1;
      const samples = trim(channelData[0] ?? NO_SAMPLES);
      return gain === 1 ? samples : samples.map((sample) => sample * gain);
    },
    finish: () => {
      reader.end();
      return NO_SAMPLES;
    },
    close: () => {
      decoder?.free();
      decoder = undefined;
    },
  };
}
