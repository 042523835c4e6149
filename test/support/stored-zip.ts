/** Writes stored zip archives for tests, with any field wrong on request. */
import { crc32 } from "node:zlib";

export interface StoredZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
  /** Wrong or special values of the central directory. */
  readonly method?: number;
  readonly flags?: number;
  readonly sizeBytes?: number;
  readonly compressedBytes?: number;
  readonly headerStart?: number;
  readonly crc32?: number;
  /** Sizes and position in a 64-bit extra field. */
  readonly isLarge?: boolean;
}

function record(fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 8) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUIntLE(value, at, size);
    at += size;
  }
  return bytes;
}

function localHeader(name: Buffer): Buffer {
  // flag 8: sizes follow the data, so that they are 0 here, as torch writes them
  return Buffer.concat([
    record([
      [4, 0x04034b50],
      [2, 20],
      [2, 8],
      [2, 0],
      [4, 0],
      [4, 0],
      [4, 0],
      [4, 0],
      [2, name.length],
      [2, 0],
    ]),
    name,
  ]);
}

function directoryEntry(entry: StoredZipEntry, name: Buffer, start: number): Buffer {
  const size = entry.sizeBytes ?? entry.content.byteLength;
  const compressed = entry.compressedBytes ?? size;
  const headerStart = entry.headerStart ?? start;
  const large = entry.isLarge ?? false;
  const short = (value: number): number => (large ? 0xffffffff : value);
  const extra = large
    ? record([
        [2, 1],
        [2, 24],
        [8, size],
        [8, compressed],
        [8, headerStart],
      ])
    : Buffer.alloc(0);
  return Buffer.concat([
    record([
      [4, 0x02014b50],
      [2, 20],
      [2, 20],
      [2, entry.flags ?? 8],
      [2, entry.method ?? 0],
      [4, 0],
      [4, entry.crc32 ?? crc32(entry.content)],
      [4, short(compressed)],
      [4, short(size)],
      [2, name.length],
      [2, extra.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, short(headerStart)],
    ]),
    name,
    extra,
  ]);
}

/** `end64` adds the 64-bit end record; `comment` follows the end record. */
export function storedZip(
  entries: readonly StoredZipEntry[],
  { end64 = false, comment = "" }: { readonly end64?: boolean; readonly comment?: string } = {},
): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const local = Buffer.concat([localHeader(name), entry.content]);
    directory.push(directoryEntry(entry, name, position));
    pieces.push(local);
    position += local.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const count = entries.length;
  const large = Buffer.concat([
    record([
      [4, 0x06064b50],
      [8, 44],
      [2, 45],
      [2, 45],
      [4, 0],
      [4, 0],
      [8, count],
      [8, count],
      [8, size],
      [8, position],
    ]),
    record([
      [4, 0x07064b50],
      [4, 0],
      [8, position + size],
      [4, 1],
    ]),
  ]);
  const end = record([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, end64 ? 0xffff : count],
    [2, end64 ? 0xffff : count],
    [4, end64 ? 0xffffffff : size],
    [4, end64 ? 0xffffffff : position],
    [2, comment.length],
  ]);
  return Buffer.concat([
    ...pieces,
    ...directory,
    ...(end64 ? [large] : []),
    end,
    Buffer.from(comment),
  ]);
}
