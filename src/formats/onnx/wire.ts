/**
 * Protocol buffers' wire format, as far as streaming needs it: a model's weights are gigabytes
 * inside one message, so the outer messages are walked and written field by field.
 * https://protobuf.dev/programming-guides/encoding
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { ByteSource } from "../../io/byte-source.ts";

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** Where a field lies; `start` to `end` is its payload, without tag and length. */
export interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly tagStart: number;
  readonly start: number;
  readonly end: number;
  /** The value of a varint, as a number: exact up to 2^53. */
  readonly value: number;
}

/** Bytes of a varint; `value` is a non-negative safe integer. */
export function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** Tag and length in front of a payload of `length` bytes. */
export function encodeHeader(fieldNumber: number, length: number): Uint8Array {
  return Uint8Array.from([...encodeVarint(fieldNumber * 8 + BYTES), ...encodeVarint(length)]);
}

/** A whole length-delimited field. */
export function encodeField(fieldNumber: number, payload: Uint8Array): Uint8Array {
  return concatBytes([encodeHeader(fieldNumber, payload.byteLength), payload]);
}

export function encodeVarintField(fieldNumber: number, value: number): Uint8Array {
  return Uint8Array.from([...encodeVarint(fieldNumber * 8 + VARINT), ...encodeVarint(value)]);
}

export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces);
}

/** The longest header of a field: a tag of 5 bytes and a length or varint of 10. */
const MAX_HEADER_BYTES = 15;

/** The fields of a message in memory. */
export function* fieldsOf(bytes: Uint8Array, place: string): Generator<Field> {
  for (let at = 0; at < bytes.byteLength;) {
    const field = decodeField(bytes, at, bytes.byteLength, place);
    yield field;
    at = field.end;
  }
}

/** Reads messages inside a source; headers are read through a window, payloads on demand. */
export class FieldReader {
  readonly source: ByteSource;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** The fields of the message from `start` to `end`. */
  async *fields(start: number, end: number): AsyncGenerator<Field> {
    for (let at = start; at < end;) {
      const header = await this.bytes(at, Math.min(end, at + MAX_HEADER_BYTES));
      const field = decodeField(header, 0, end - at, this.source.name);
      yield { ...field, tagStart: at, start: field.start + at, end: field.end + at };
      at += field.end;
    }
  }

  /** A range of the source; small ones come out of the window. */
  async bytes(start: number, end: number): Promise<Uint8Array> {
    if (end - start > WINDOW_BYTES) return this.source.read(start, end);
    const isInside =
      start >= this.#windowStart && end <= this.#windowStart + this.#window.byteLength;
    if (!isInside) {
      this.#window = await this.source.read(
        start,
        Math.min(this.source.sizeBytes, start + WINDOW_BYTES),
      );
      this.#windowStart = start;
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart);
  }
}

/** Some dozens of nodes; between weights, which are skipped, most of it is read in vain. */
const WINDOW_BYTES = 1 << 12;

/** `limit` is where the enclosing message ends, which may lie beyond the bytes at hand. */
function decodeField(bytes: Uint8Array, at: number, limit: number, place: string): Field {
  const tag = decodeVarint(bytes, at, place);
  const number = Math.floor(tag.value / 8);
  const wireType = tag.value % 8;
  const lead =
    wireType === VARINT || wireType === BYTES ? decodeVarint(bytes, tag.end, place) : tag;
  const sizes: Readonly<Record<number, number>> = {
    [VARINT]: 0,
    [FIXED64]: 8,
    [BYTES]: lead.value,
    [FIXED32]: 4,
  };
  const size = sizes[wireType];
  if (number === 0 || size === undefined) {
    return damaged(place, `field ${number} of wire type ${wireType}`);
  }
  const end = lead.end + size;
  if (end > limit) damaged(place, `field ${number} ends ${end - limit} bytes behind its message`);
  return { number, wireType, tagStart: at, start: lead.end, end, value: lead.value };
}

function decodeVarint(
  bytes: Uint8Array,
  at: number,
  place: string,
): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return damaged(place, "the message ends inside a number");
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return damaged(place, "a number of more than 10 bytes");
}

/** Throws INVALID_FILE: this is not a well-formed ONNX model. */
export function damaged(place: string | readonly string[], message: string): never {
  throw new ToolError("INVALID_FILE", `ONNX: ${message}`, {
    at: place,
    hint: "the file is not an ONNX model, or it is cut short or damaged",
  });
}
