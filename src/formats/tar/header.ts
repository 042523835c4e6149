/**
 * One 512-byte header block of a tar archive: POSIX ustar, GNU and the old V7 form.
 * Layout: POSIX.1-2017, pax, "ustar Interchange Format"; GNU base-256 numbers as in GNU tar's
 * manual, "Extensions".
 */
import { ToolError } from "../../errors/tool-error.ts";

export const TAR_BLOCK_BYTES = 512;

export interface TarHeader {
  readonly name: string;
  readonly sizeBytes: number;
  /** The type flag: `0` a file, `5` a folder, `x` a pax header …; V7's NUL is given as `0`. */
  readonly type: string;
}

const NAME = { start: 0, end: 100 };
const SIZE = { start: 124, end: 136 };
const CHECKSUM = { start: 148, end: 156 };
const TYPE_AT = 156;
const MAGIC = { start: 257, end: 263 };
const PREFIX = { start: 345, end: 500 };

const decoder = new TextDecoder();

/** True for the block of zeros that ends an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** True if the block's checksum is right, which is as good as a magic number. */
export function looksLikeTarHeader(block: Uint8Array): boolean {
  return block.byteLength === TAR_BLOCK_BYTES && storedChecksum(block) === checksum(block);
}

/** @throws ToolError INVALID_FILE; `position` is the header's place in the archive. */
export function readTarHeader(block: Uint8Array, position: number): TarHeader {
  if (!looksLikeTarHeader(block)) {
    throw new ToolError("INVALID_FILE", `tar: bad header checksum at byte ${position}`, {
      hint: "the file is not a tar archive, or it is damaged; copy or download it again",
    });
  }
  const name = text(block, NAME.start, NAME.end);
  // GNU tar writes "ustar  " and keeps times where POSIX has the prefix
  const prefix =
    text(block, MAGIC.start, MAGIC.end) === "ustar" ? text(block, PREFIX.start, PREFIX.end) : "";
  const flag = block[TYPE_AT] as number;
  // V7 has no type for folders: a slash at the end marks them
  const isOldFolder = flag === 0 && name.endsWith("/");
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    sizeBytes: readNumber(block.subarray(SIZE.start, SIZE.end), position),
    type: isOldFolder ? "5" : flag === 0 ? "0" : String.fromCharCode(flag),
  };
}

/** A ustar header block; `name` must be ASCII of at most 100 bytes and `sizeBytes` below 8 GiB. */
export function makeTarHeader(header: TarHeader & { readonly mode: number }): Uint8Array {
  const block = new Uint8Array(TAR_BLOCK_BYTES);
  const put = (start: number, value: string): void => {
    for (let i = 0; i < value.length; i++) block[start + i] = value.charCodeAt(i);
  };
  put(NAME.start, header.name);
  put(100, octal(header.mode, 7));
  put(108, octal(0, 7)); // owner
  put(116, octal(0, 7)); // group
  put(SIZE.start, octal(header.sizeBytes, 11));
  put(136, octal(0, 11)); // time of last change
  put(TYPE_AT, header.type);
  put(MAGIC.start, "ustar\u000000");
  put(329, octal(0, 7)); // device numbers
  put(337, octal(0, 7));
  put(CHECKSUM.start, `${octal(checksum(block), 6)}\u0000 `);
  return block;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");

/** Sum of all bytes, with the checksum's own field counted as spaces. */
function checksum(block: Uint8Array): number {
  let sum = 0x20 * (CHECKSUM.end - CHECKSUM.start);
  for (let i = 0; i < TAR_BLOCK_BYTES; i++) {
    if (i < CHECKSUM.start || i >= CHECKSUM.end) sum += block[i] as number;
  }
  return sum;
}

function storedChecksum(block: Uint8Array): number | undefined {
  const field = text(block, CHECKSUM.start, CHECKSUM.end).trim();
  return /^[0-7]+$/.test(field) ? Number.parseInt(field, 8) : undefined;
}

/** Up to the first NUL. */
function text(block: Uint8Array, start: number, end: number): string {
  const field = block.subarray(start, end);
  const length = field.indexOf(0);
  return decoder.decode(length < 0 ? field : field.subarray(0, length));
}

function readNumber(field: Uint8Array, position: number): number {
  const first = field[0] as number;
  if (first >= 0x80) return readBase256(field, first, position);
  const digits = text(field, 0, field.length).trim();
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) throw badSize(position, `'${digits}' is not octal`);
  return Number.parseInt(digits, 8);
}

function readBase256(field: Uint8Array, first: number, position: number): number {
  let value = first & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  if (first === 0xff || !Number.isSafeInteger(value)) throw badSize(position, "out of range");
  return value;
}

function badSize(position: number, what: string): ToolError {
  return new ToolError(
    "INVALID_FILE",
    `tar: bad member size in the header at byte ${position}: ${what}`,
    {
      hint: "the archive is damaged or was made by a program with a fault; pack it again",
    },
  );
}
