/**
 * Lists a zip archive by its central directory; a stored entry is a slice of the source. Our own
 * reader: what torch writes is only stored entries, they are to be read in place from any
 * ByteSource (a zip inside a tar), and overlapping or doubled entries must be refused.
 */
import { crc32 } from "node:zlib";
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { readAll, sliceSource, type ByteSource } from "../../io/byte-source.ts";
import {
  damagedZip,
  END_LOCATOR_64_BYTES,
  END_RECORD_64_BYTES,
  END_RECORD_BYTES,
  findEndRecord,
  isSaturated,
  LOCAL_HEADER_BYTES,
  readDirectory,
  readEndLocator64,
  readEndRecord,
  readEndRecord64,
  readLocalHeader,
  type DirectoryEntry,
  type ZipEnd,
} from "./header.ts";

export interface ZipEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc32: number;
  /** The content in place. @throws ToolError INVALID_FILE, or UNSUPPORTED if it is compressed */
  open(): Promise<ByteSource>;
}

/** Some ten thousand tensors are the most that a checkpoint has. */
const MAX_ENTRIES = 1_000_000;
/** About 100 bytes an entry. */
const MAX_DIRECTORY_BYTES = 256 * 1024 * 1024;
/** A comment has at most 65535 bytes. */
const MAX_TAIL_BYTES = END_RECORD_BYTES + 0xffff;

/**
 * The files by name, in the order of the directory; folders are left out.
 * @throws ToolError INVALID_FILE, UNSUPPORTED (encrypted, several parts), LIMIT_EXCEEDED
 */
export async function readZip(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  return withPlace(source.name, async () => {
    const end = await readEnd(source);
    const directory = await source.read(
      end.directoryStart,
      end.directoryStart + end.directorySizeBytes,
    );
    const listed = [...readDirectory(directory, end.entryCount)];
    const limits = spaceOfEntries(listed, end.directoryStart);
    const entries = new Map<string, ZipEntry>();
    const names = new Set<string>();
    for (const entry of listed) {
      checkEntry(entry, names);
      const limit = limits.get(entry) as number;
      if (!entry.name.endsWith("/")) entries.set(entry.name, toZipEntry(source, entry, limit));
    }
    return entries;
  });
}

/** The whole content of a small entry, with its checksum verified. */
export async function readZipEntry(entry: ZipEntry, limitBytes: number): Promise<Uint8Array> {
  const bytes = await readAll(await entry.open(), limitBytes);
  if (crc32(bytes) !== entry.crc32) throw damagedZip("wrong checksum").within(entry.name);
  return bytes;
}

async function readEnd(source: ByteSource): Promise<ZipEnd> {
  const tailStart = Math.max(0, source.sizeBytes - MAX_TAIL_BYTES);
  const tail = await source.read(tailStart, source.sizeBytes);
  const at = findEndRecord(tail);
  if (at < 0) throw damagedZip("no end record");
  const endStart = tailStart + at;
  const end = readEndRecord(tail.subarray(at));
  const large = await readEnd64(source, endStart);
  if (large === undefined && isSaturated(end)) throw damagedZip("no 64-bit end record");
  const { directoryStart, directorySizeBytes, entryCount } = large?.end ?? end;
  // nothing may lie between directory and end: it would be a second archive to another reader
  if (directoryStart + directorySizeBytes !== (large?.start ?? endStart)) {
    throw damagedZip("the central directory does not end at the end record");
  }
  if (entryCount > MAX_ENTRIES || directorySizeBytes > MAX_DIRECTORY_BYTES) {
    throw new ToolError(
      "LIMIT_EXCEEDED",
      `zip: ${entryCount} entries in ${directorySizeBytes} bytes of directory`,
      {
        hint: `at most ${MAX_ENTRIES} entries are accepted; a checkpoint has some thousands`,
      },
    );
  }
  return { directoryStart, directorySizeBytes, entryCount };
}

async function readEnd64(
  source: ByteSource,
  endStart: number,
): Promise<{ end: ZipEnd; start: number } | undefined> {
  const locatorStart = endStart - END_LOCATOR_64_BYTES;
  if (locatorStart < 0) return undefined;
  const start = readEndLocator64(await source.read(locatorStart, endStart));
  if (start === undefined) return undefined;
  if (start + END_RECORD_64_BYTES > locatorStart)
    throw damagedZip("the 64-bit end record is out of place");
  return { end: readEndRecord64(await source.read(start, start + END_RECORD_64_BYTES)), start };
}

/** Up to where each entry may reach: the next entry or the directory. Refuses overlaps. */
function spaceOfEntries(
  listed: readonly DirectoryEntry[],
  directoryStart: number,
): ReadonlyMap<DirectoryEntry, number> {
  const ordered = [...listed].sort((a, b) => a.headerStart - b.headerStart);
  const limits = new Map<DirectoryEntry, number>();
  ordered.forEach((entry, i) => {
    const limit = ordered[i + 1]?.headerStart ?? directoryStart;
    if (entry.headerStart + LOCAL_HEADER_BYTES + entry.nameBytes + entry.compressedBytes > limit) {
      throw damagedZip("the entry overlaps the next one").within(entry.name);
    }
    limits.set(entry, limit);
  });
  return limits;
}

function checkEntry(entry: DirectoryEntry, names: Set<string>): void {
  const { name, flags } = entry;
  const isInside = !name.startsWith("/") && !name.split("/").includes("..") && !name.includes("\0");
  if (!isInside || name === "")
    throw damagedZip("a name that leads out of the archive").within(name);
  if (names.has(name)) throw damagedZip("a second entry of the same name").within(name);
  names.add(name);
  if ((flags & 1) !== 0) {
    throw new ToolError("UNSUPPORTED", "zip: the entry is encrypted", {
      at: name,
      hint: "unpack the archive with its password and pack it again without",
    });
  }
  if (entry.method === 0 && entry.compressedBytes !== entry.sizeBytes) {
    throw damagedZip(
      `a stored entry of ${entry.compressedBytes} bytes is said to have ${entry.sizeBytes}`,
    ).within(name);
  }
}

function toZipEntry(source: ByteSource, entry: DirectoryEntry, limit: number): ZipEntry {
  const { name, sizeBytes } = entry;
  return {
    name,
    sizeBytes,
    crc32: entry.crc32,
    open: () =>
      withPlace(name, async () => {
        if (entry.method !== 0) throw compressed();
        const headerEnd = entry.headerStart + LOCAL_HEADER_BYTES;
        const header = readLocalHeader(await source.read(entry.headerStart, headerEnd));
        const start = headerEnd + header.nameBytes + header.extraBytes;
        // sizes in the local header may be missing (data descriptor): the directory counts
        if (
          header.method !== 0 ||
          header.nameBytes !== entry.nameBytes ||
          start + sizeBytes > limit
        ) {
          throw damagedZip("the local header contradicts the central directory");
        }
        return sliceSource(source, start, start + sizeBytes, name);
      }),
  };
}

function compressed(): ToolError {
  return new ToolError("UNSUPPORTED", "zip: the entry is compressed, stored was expected", {
    hint: "torch stores without compression; unpack the archive and pack it again with 'zip -0'",
  });
}
