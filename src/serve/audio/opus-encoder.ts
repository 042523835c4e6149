/**
 * Opus as Riva's synthesis sends it, which is not Ogg: each packet stands behind its length as a
 * 32-bit little-endian number. The encoder is a WebAssembly build of libopus, loaded with the first
 * request that wants it.
 */
import { joinPieces } from "../../audio/join-pieces.ts";
import { encodePcm16 } from "../../audio/pcm-encode.ts";

/** Rates that Opus knows, ascending (RFC 6716). */
export const OPUS_RATES: readonly number[] = [8_000, 12_000, 16_000, 24_000, 48_000];
/** 20 ms: the usual packet. */
const PACKETS_PER_SECOND = 50;

export interface OpusEncoder {
  /** Packets that are full with these samples, each behind its length. */
  push(samples: Float32Array): Uint8Array;
  /** The last packet, filled up with silence. */
  finish(): Uint8Array;
  close(): void;
}

/** @param rate one of {@link OPUS_RATES} */
export async function createOpusEncoder(rate: number): Promise<OpusEncoder> {
  const { Encoder } = await import("@evan/opus/wasm/index.mjs");
  const encoder = new Encoder({ channels: 1, sample_rate: rate, application: "audio" });
  const packetSamples = rate / PACKETS_PER_SECOND;
  let rest = new Float32Array(0);

  const encodeAll = (samples: Float32Array): Uint8Array => {
    const packets: Uint8Array[] = [];
    for (let at = 0; at + packetSamples <= samples.length; at += packetSamples) {
      const packet = encoder.encode(encodePcm16(samples.subarray(at, at + packetSamples)));
      const length = new Uint8Array(4);
      new DataView(length.buffer).setInt32(0, packet.length, true);
      packets.push(length, packet);
    }
    rest = samples.slice(samples.length - (samples.length % packetSamples));
    return joinPieces(packets);
  };

  return {
    push: (samples) => {
      const all = new Float32Array(rest.length + samples.length);
      all.set(rest);
      all.set(samples, rest.length);
      return encodeAll(all);
    },
    finish: () => {
      if (rest.length === 0) return new Uint8Array(0);
      const filled = new Float32Array(packetSamples);
      filled.set(rest);
      return encodeAll(filled);
    },
    close: () => encoder.drop(),
  };
}
