/**
 * The records of a zip archive as objects: the end record, its 64-bit form, entries of the
 * central directory, local headers. Layout: PKWARE APPNOTE 6.3, sections 4.3 and 4.5.3.
 */
import { ToolError } from "../../errors/tool-error.ts";

export const END_RECORD_BYTES = 22;
export const END_LOCATOR_64_BYTES = 20;
export const END_RECORD_64_BYTES = 56;
export const LOCAL_HEADER_BYTES = 30;

const END_RECORD = 0x06054b50;
const END_LOCATOR_64 = 0x07064b50;
const END_RECORD_64 = 0x06064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_ENTRY_BYTES = 46;
const LOCAL_HEADER = 0x04034b50;
const ZIP64_EXTRA = 0x0001;
const SATURATED_16 = 0xffff;
const SATURATED_32 = 0xffffffff;

/** Where the central directory is. */
export interface ZipEnd {
  readonly entryCount: number;
  readonly directorySizeBytes: number;
  readonly directoryStart: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly flags: number;
  /** 0: stored. */
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  readonly headerStart: number;
  /** Bytes of the name as stored. */
  readonly nameBytes: number;
}

export interface LocalHeader {
  readonly method: number;
  readonly nameBytes: number;
  readonly extraBytes: number;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Place of the end record within the last bytes of the file (its comment ends the file), or -1. */
export function findEndRecord(tail: Uint8Array): number {
  const view = viewOf(tail);
  for (let at = tail.byteLength - END_RECORD_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_RECORD) continue;
    if (at + END_RECORD_BYTES + view.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  return -1;
}

export function readEndRecord(bytes: Uint8Array): ZipEnd {
  const view = viewOf(bytes);
  if (view.getUint16(4, true) !== 0 || view.getUint16(6, true) !== 0) {
    throw new ToolError("UNSUPPORTED", "zip: an archive in several parts", {
      hint: "join the parts and pack the archive again as one file",
    });
  }
  return {
    entryCount: view.getUint16(10, true),
    directorySizeBytes: view.getUint32(12, true),
    directoryStart: view.getUint32(16, true),
  };
}

/** Place of the 64-bit end record, or undefined if these bytes are not its locator. */
export function readEndLocator64(bytes: Uint8Array): number | undefined {
  const view = viewOf(bytes);
  return view.getUint32(0, true) === END_LOCATOR_64 ? safeNumber(view, 8) : undefined;
}

export function readEndRecord64(bytes: Uint8Array): ZipEnd {
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== END_RECORD_64)
    throw damagedZip("no 64-bit end record where it is announced");
  return {
    entryCount: safeNumber(view, 32),
    directorySizeBytes: safeNumber(view, 40),
    directoryStart: safeNumber(view, 48),
  };
}

/** The entries of the central directory; `directory` must hold exactly `count` of them. */
export function* readDirectory(directory: Uint8Array, count: number): Generator<DirectoryEntry> {
  const view = viewOf(directory);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (
      at + DIRECTORY_ENTRY_BYTES > directory.byteLength ||
      view.getUint32(at, true) !== DIRECTORY_ENTRY
    ) {
      throw damagedZip(`entry ${i} of the central directory is missing`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const nameStart = at + DIRECTORY_ENTRY_BYTES;
    const extraStart = nameStart + nameBytes;
    const end = extraStart + extraBytes + view.getUint16(at + 32, true);
    if (end > directory.byteLength)
      throw damagedZip(`entry ${i} of the central directory is cut short`);
    const name = new TextDecoder().decode(directory.subarray(nameStart, extraStart));
    const extra = directory.subarray(extraStart, extraStart + extraBytes);
    const large = readZip64Extra(extra, name, {
      sizeBytes: view.getUint32(at + 24, true),
      compressedBytes: view.getUint32(at + 20, true),
      headerStart: view.getUint32(at + 42, true),
    });
    yield {
      name,
      nameBytes,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc32: view.getUint32(at + 16, true),
      ...large,
    };
    at = end;
  }
  if (at !== directory.byteLength)
    throw damagedZip("the central directory is longer than its entries");
}

/** @throws ToolError INVALID_FILE if there is no local header */
export function readLocalHeader(bytes: Uint8Array): LocalHeader {
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== LOCAL_HEADER)
    throw damagedZip("no local header where the directory says");
  return {
    method: view.getUint16(8, true),
    nameBytes: view.getUint16(26, true),
    extraBytes: view.getUint16(28, true),
  };
}

type Large = Pick<DirectoryEntry, "sizeBytes" | "compressedBytes" | "headerStart">;

/** The 64-bit extra field holds, in this order, only those values that are saturated. */
function readZip64Extra(extra: Uint8Array, name: string, values: Large): Large {
  const field = findExtra(extra);
  let at = 0;
  const widen = (value: number): number => {
    if (value !== SATURATED_32) return value;
    if (field === undefined || at + 8 > field.byteLength)
      throw damagedZip(`no 64-bit sizes for '${name}'`);
    at += 8;
    return safeNumber(viewOf(field), at - 8);
  };
  const sizeBytes = widen(values.sizeBytes);
  const compressedBytes = widen(values.compressedBytes);
  return { sizeBytes, compressedBytes, headerStart: widen(values.headerStart) };
}

function findExtra(extra: Uint8Array): Uint8Array | undefined {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > extra.byteLength) return undefined;
    if (view.getUint16(at, true) === ZIP64_EXTRA) return extra.subarray(at + 4, end);
    at = end;
  }
  return undefined;
}

/** True if the 32-bit end record says "look into the 64-bit one". */
export function isSaturated(end: ZipEnd): boolean {
  return (
    end.entryCount === SATURATED_16 ||
    end.directorySizeBytes === SATURATED_32 ||
    end.directoryStart === SATURATED_32
  );
}

function safeNumber(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw damagedZip("a 64-bit size is out of range");
  return value;
}

export function damagedZip(what: string): ToolError {
  return new ToolError("INVALID_FILE", `zip: ${what}`, {
    hint: "the file is cut short, damaged or not a zip archive; copy or download it again",
  });
}
