/**
 * RIFF/WAVE as it arrives on a stream: the header may span messages, other chunks (LIST, fact)
 * may stand before the data, and writers that did not know the length leave a data size of 0 or
 * 0xFFFFFFFF, which means "until the end". Layout: Microsoft "Multimedia Programming Interface
 * and Data Specifications 1.0" and the WAVE_FORMAT_EXTENSIBLE addition.
 */
import { ToolError } from "../errors/tool-error.ts";
import { createSampleReader, joinBytes, sampleSizeBytes } from "./pcm.ts";
import type { SampleFormat, SampleReader } from "./pcm.ts";

export interface WavHeader {
  readonly format: SampleFormat;
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes of samples, or undefined where the header does not say. */
  readonly dataBytes: number | undefined;
}

/** Reads one WAVE file as a stream. */
export interface WavReader {
  /** Undefined until the start of the data chunk has arrived. */
  readonly header: WavHeader | undefined;
  /**
   * Samples of the first channel in [-1, 1) that are complete with these bytes; chunks after
   * the data are left out.
   * @throws ToolError INVALID_REQUEST for what is not WAVE or has no known sample format.
   */
  push(bytes: Uint8Array): Float32Array;
  /** @throws ToolError INVALID_REQUEST if the stream ended within the header. */
  end(): void;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const MIN_FORMAT_BYTES = 16;
/** The longest in use is 40 bytes (extensible); more is a damaged size. */
const MAX_FORMAT_BYTES = 4096;
const UNKNOWN_SIZE = 0xffff_ffff;
const NO_SAMPLES = new Float32Array(0);

/** True if the bytes can be the start of a WAVE file; needs the first 12 bytes to be sure. */
export function looksLikeWav(bytes: Uint8Array): boolean {
  return (
    bytes.length >= RIFF_HEADER_BYTES && name(bytes, 0) === "RIFF" && name(bytes, 8) === "WAVE"
  );
}

/** @returns a reader at the start of a file. */
export function createWavReader(): WavReader {
  let pending: Uint8Array = new Uint8Array(0);
  let skipBytes = 0;
  let sawRiff = false;
  let format: FormatChunk | undefined;
  let header: WavHeader | undefined;
  let samples: SampleReader | undefined;
  let dataLeft = Infinity;

  /** One step through the header; false if more bytes are needed. */
  function advance(): boolean {
    if (skipBytes > 0) {
      const skipped = Math.min(skipBytes, pending.length);
      skipBytes -= skipped;
      pending = pending.subarray(skipped);
      return skipBytes === 0;
    }
    if (!sawRiff) {
      if (pending.length < RIFF_HEADER_BYTES) return false;
      if (!looksLikeWav(pending))
        throw invalid(`expected RIFF and WAVE, got "${printable(pending)}"`);
      sawRiff = true;
      pending = pending.subarray(RIFF_HEADER_BYTES);
      return true;
    }
    return readChunk();
  }

  function readChunk(): boolean {
    if (pending.length < CHUNK_HEADER_BYTES) return false;
    const chunk = name(pending, 0);
    const sizeBytes = view(pending).getUint32(4, true);
    if (chunk === "data") {
      openData(sizeBytes);
    } else if (chunk === "fmt ") {
      if (sizeBytes < MIN_FORMAT_BYTES || sizeBytes > MAX_FORMAT_BYTES) {
        throw invalid(`a format chunk of ${sizeBytes} bytes, expected 16, 18 or 40`);
      }
      if (pending.length < CHUNK_HEADER_BYTES + sizeBytes) return false;
      format = parseFormat(pending.subarray(CHUNK_HEADER_BYTES, CHUNK_HEADER_BYTES + sizeBytes));
      skipBytes = padded(sizeBytes);
    } else {
      skipBytes = padded(sizeBytes);
    }
    pending = pending.subarray(CHUNK_HEADER_BYTES);
    return true;
  }

  function openData(sizeBytes: number): void {
    if (format === undefined) throw invalid("the data chunk stands before the format chunk");
    const dataBytes = sizeBytes === 0 || sizeBytes === UNKNOWN_SIZE ? undefined : sizeBytes;
    header = { ...format, dataBytes };
    samples = createSampleReader(format);
    dataLeft = dataBytes ?? Infinity;
  }

  function readData(reader: SampleReader, bytes: Uint8Array): Float32Array {
    const taken = bytes.subarray(0, Math.min(bytes.length, dataLeft));
    dataLeft -= taken.length;
    return taken.length === 0 ? NO_SAMPLES : reader.push(taken);
  }

  return {
    get header() {
      return header;
    },
    push: (bytes) => {
      if (samples !== undefined) return readData(samples, bytes);
      pending = joinBytes(pending, bytes);
      while (samples === undefined && advance());
      if (samples === undefined) return NO_SAMPLES;
      const data = pending;
      pending = new Uint8Array(0);
      return readData(samples, data);
    },
    end: () => {
      if (header === undefined) throw invalid("the audio ends within its WAVE header");
    },
  };
}

type FormatChunk = Omit<WavHeader, "dataBytes">;

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_ALAW = 6;
const FORMAT_MULAW = 7;
const FORMAT_EXTENSIBLE = 0xfffe;
/** Extensible: the sub-format is a GUID whose first two bytes are the plain format number. */
const SUB_FORMAT_OFFSET = 24;

function parseFormat(bytes: Uint8Array): FormatChunk {
  const fields = view(bytes);
  const channels = fields.getUint16(2, true);
  const sampleRate = fields.getUint32(4, true);
  const frameBytes = fields.getUint16(12, true);
  if (channels === 0) throw invalid("0 channels, expected at least 1");
  if (sampleRate === 0) throw invalid("0 Hz, expected a sample rate");
  const format = sampleFormat(formatNumber(fields), fields.getUint16(14, true));
  const expectedBytes = channels * sampleSizeBytes(format);
  if (frameBytes !== 0 && frameBytes !== expectedBytes) {
    throw invalid(
      `${frameBytes} bytes a frame, expected ${expectedBytes} for ${channels} channels of ${format}`,
    );
  }
  return { format, sampleRate, channels };
}

function formatNumber(fields: DataView): number {
  const number = fields.getUint16(0, true);
  if (number !== FORMAT_EXTENSIBLE) return number;
  if (fields.byteLength < SUB_FORMAT_OFFSET + 2)
    throw invalid("the extensible format chunk is cut short");
  return fields.getUint16(SUB_FORMAT_OFFSET, true);
}

/** Bits per sample and format number to ours; odd widths (12, 20 bits) lie in whole bytes. */
function sampleFormat(number: number, bits: number): SampleFormat {
  const sizeBytes = Math.ceil(bits / 8);
  const pcm: Readonly<Record<number, SampleFormat>> = {
    1: "uint8",
    2: "int16",
    3: "int24",
    4: "int32",
  };
  const float: Readonly<Record<number, SampleFormat>> = { 4: "float32", 8: "float64" };
  const byNumber: Readonly<Record<number, SampleFormat | undefined>> = {
    [FORMAT_PCM]: pcm[sizeBytes],
    [FORMAT_FLOAT]: float[sizeBytes],
    [FORMAT_ALAW]: sizeBytes === 1 ? "alaw" : undefined,
    [FORMAT_MULAW]: sizeBytes === 1 ? "mulaw" : undefined,
  };
  const format = byNumber[number];
  if (format !== undefined) return format;
  throw invalid(`sample format ${number} with ${bits} bits is not supported`);
}

function invalid(message: string): ToolError {
  return new ToolError("INVALID_REQUEST", `wav: ${message}`, {
    hint: "send WAVE with PCM (8, 16, 24, 32 bit), float, mu-law or A-law samples, or raw samples with their encoding",
  });
}

/** Chunks start at even positions. */
const padded = (sizeBytes: number): number => sizeBytes + (sizeBytes % 2);
const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const name = (bytes: Uint8Array, at: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + 4));
const printable = (bytes: Uint8Array): string =>
  String.fromCharCode(...bytes.subarray(0, RIFF_HEADER_BYTES)).replace(/[^ -~]/g, "?");
