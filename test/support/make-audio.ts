/** Audio files made by code, for tests of what reads them. */
import { oggChecksum } from "../../src/audio/ogg-checksum.ts";

/** Levels (0 to 0.9) of equal length as samples of a 1 kHz tone. */
export function tone(levels: readonly number[], seconds: number, rate: number): Float32Array {
  const length = Math.round(seconds * rate);
  return Float32Array.from(
    { length: levels.length * length },
    (_, n) => (levels[Math.floor(n / length)] ?? 0) * Math.sin((2 * Math.PI * 1000 * n) / rate),
  );
}

/** 16-bit little-endian samples; every channel after the first is silent. */
export function pcm16(samples: Float32Array, channels = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length * 2 * channels);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, n) =>
    view.setInt16(n * 2 * channels, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true),
  );
  return bytes;
}

export interface WavOptions {
  readonly rate: number;
  readonly channels?: number;
  /** 1 PCM, 3 float, 6 A-law, 7 mu-law. */
  readonly format?: number;
  readonly bits?: number;
  /** Puts a LIST chunk in front of the data, as Riva's sample files have it. */
  readonly list?: boolean;
}

/** A WAVE file around sample bytes. */
export function wavFile(data: Uint8Array, options: WavOptions): Uint8Array<ArrayBuffer> {
  const { rate, channels = 1, format = 1, bits = 16, list = false } = options;
  const fields = Buffer.alloc(16);
  fields.writeUInt16LE(format, 0);
  fields.writeUInt16LE(channels, 2);
  fields.writeUInt32LE(rate, 4);
  fields.writeUInt32LE((rate * channels * bits) / 8, 8);
  fields.writeUInt16LE((channels * bits) / 8, 12);
  fields.writeUInt16LE(bits, 14);
  const chunks = [
    chunk("fmt ", fields),
    ...(list ? [chunk("LIST", Buffer.from("INFOISFT\x06\0\0\0Lavf1\0"))] : []),
    chunk("data", data),
  ];
  const body = Buffer.concat([Buffer.from("WAVE"), ...chunks]);
  return new Uint8Array(chunk("RIFF", body));
}

function chunk(name: string, data: Uint8Array): Buffer {
  const header = Buffer.alloc(8, name);
  header.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** A FLAC file of 16-bit mono samples without any compression (verbatim subframes). */
export function flacFile(samples: Int16Array, rate: number): Uint8Array<ArrayBuffer> {
  const blockSize = 1024;
  const streamInfo = Buffer.alloc(34);
  streamInfo.writeUInt16BE(blockSize, 0);
  streamInfo.writeUInt16BE(blockSize, 2);
  // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of sample count
  streamInfo.writeBigUInt64BE(
    (BigInt(rate) << 44n) | (0n << 41n) | (15n << 36n) | BigInt(samples.length),
    10,
  );
  const parts: Uint8Array[] = [Buffer.from("fLaC"), Buffer.from([0x80, 0, 0, 34]), streamInfo];
  for (let start = 0, frame = 0; start < samples.length; start += blockSize, frame++) {
    parts.push(flacFrame(samples.subarray(start, start + blockSize), frame));
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** At most 128 frames: the number is one byte. Block size and rate: 16 bits here, from STREAMINFO. */
function flacFrame(samples: Int16Array, number: number): Buffer {
  const size = samples.length - 1;
  const header = [0xff, 0xf8, 0x70, 0x08, number, size >> 8, size & 0xff];
  const body = Buffer.alloc(1 + samples.length * 2);
  body[0] = 0x02;
  samples.forEach((sample, n) => body.writeInt16BE(sample, 1 + 2 * n));
  const frame = Buffer.concat([Buffer.from([...header, crc(header, 8, 0x07)]), body]);
  const check = Buffer.alloc(2);
  check.writeUInt16BE(crc(frame, 16, 0x8005));
  return Buffer.concat([frame, check]);
}

function crc(bytes: Iterable<number>, width: 8 | 16, polynomial: number): number {
  let value = 0;
  const top = 1 << (width - 1);
  for (const byte of bytes) {
    value ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) {
      value = (value & top) !== 0 ? (value << 1) ^ polynomial : value << 1;
    }
    value &= (1 << width) - 1;
  }
  return value;
}

/** An Ogg Opus file of 20 ms packets that hold silence; positions count at 48 kHz. */
export function silentOpusFile(packets: number, end = packets * 960): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(19);
  head.write("OpusHead");
  head.set([1, 1], 8);
  head.writeUInt16LE(OPUS_PRE_SKIP, 10);
  head.writeUInt32LE(16_000, 12);
  const tags = Buffer.from("OpusTags\0\0\0\0\0\0\0\0", "latin1");
  const silence = Buffer.from([0xf8, 0xff, 0xfe]);
  const pages = [oggPage([head], 2, 0), oggPage([tags], 0, 0)];
  for (let n = 1; n <= packets; n++) {
    const isLast = n === packets;
    pages.push(oggPage([silence], isLast ? 4 : 0, isLast ? end : n * 960));
  }
  return new Uint8Array(Buffer.concat(pages));
}

export const OPUS_PRE_SKIP = 312;

function oggPage(packets: readonly Uint8Array[], flags: number, granule: number): Buffer {
  const header = Buffer.alloc(27 + packets.length);
  header.write("OggS");
  header[5] = flags;
  header.writeBigInt64LE(BigInt(granule), 6);
  header.writeUInt32LE(7, 14);
  header[26] = packets.length;
  packets.forEach((packet, n) => (header[27 + n] = packet.length));
  const page = Buffer.concat([header, ...packets]);
  page.writeUInt32LE(oggChecksum(page), 22);
  return page;
}
