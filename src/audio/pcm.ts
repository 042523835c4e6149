/**
 * Raw sample bytes to Float32 samples in [-1, 1). Messages of a stream may cut a sample anywhere:
 * the bytes of an unfinished frame wait for the next message. Of several channels the first is
 * taken, as the Riva protocol says.
 */
import { ALAW_TABLE } from "./alaw.ts";
import { MULAW_TABLE } from "./mulaw.ts";

type ReadSample = (view: DataView, offset: number) => number;

const FORMATS = {
  uint8: { sizeBytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 },
  int16: { sizeBytes: 2, read: (view, at) => view.getInt16(at, true) / 32768 },
  int24: {
    sizeBytes: 3,
    read: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608,
  },
  int32: { sizeBytes: 4, read: (view, at) => view.getInt32(at, true) / 2147483648 },
  float32: { sizeBytes: 4, read: (view, at) => clip(view.getFloat32(at, true)) },
  float64: { sizeBytes: 8, read: (view, at) => clip(view.getFloat64(at, true)) },
  mulaw: { sizeBytes: 1, read: (view, at) => MULAW_TABLE[view.getUint8(at)] as number },
  alaw: { sizeBytes: 1, read: (view, at) => ALAW_TABLE[view.getUint8(at)] as number },
} as const satisfies Record<string, { sizeBytes: number; read: ReadSample }>;

/** How one sample lies in the bytes; all are little-endian. */
export type SampleFormat = keyof typeof FORMATS;

/** Bytes of one sample of one channel. */
export function sampleSizeBytes(format: SampleFormat): number {
  return FORMATS[format].sizeBytes;
}

/** Reads a stream of sample bytes, however it is cut into messages. */
export interface SampleReader {
  /** Samples of the first channel that are complete with these bytes. */
  push(bytes: Uint8Array): Float32Array;
}

export interface SampleReaderOptions {
  readonly format: SampleFormat;
  /** Interleaved channels, at least 1. */
  readonly channels: number;
}

/** @returns a reader that keeps at most one unfinished frame between calls. */
export function createSampleReader({ format, channels }: SampleReaderOptions): SampleReader {
  const { sizeBytes, read }: { sizeBytes: number; read: ReadSample } = FORMATS[format];
  const frameBytes = sizeBytes * channels;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    push: (bytes) => {
      const all = rest.length === 0 ? bytes : joinBytes(rest, bytes);
      const frames = Math.floor(all.length / frameBytes);
      rest = all.slice(frames * frameBytes);
      if (format === "int16" && channels === 1 && all.byteOffset % 2 === 0) {
        return fromInt16(new Int16Array(all.buffer, all.byteOffset, frames));
      }
      const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
      const samples = new Float32Array(frames);
      for (let frame = 0; frame < frames; frame++) samples[frame] = read(view, frame * frameBytes);
      return samples;
    },
  };
}

/** What nearly every stream is made of: five times faster than sample by sample. */
function fromInt16(values: Int16Array): Float32Array {
  const samples = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) samples[i] = (values[i] as number) / 32768;
  return samples;
}

/** Float files may hold anything; what no converter could play becomes the nearest that it could. */
function clip(sample: number): number {
  return sample >= 1 ? 1 : sample <= -1 ? -1 : Number.isNaN(sample) ? 0 : sample;
}

/** The bytes of `first` and then those of `second`, in a new array. */
export function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
