/**
 * Writes tar archives as a stream, the same bytes for the same input: no time, no owner. ustar,
 * with a pax header where a name or size does not fit.
 */
import { assert } from "../../errors/tool-error.ts";
import type { ByteSink } from "../../io/byte-sink.ts";
import { makeTarHeader, TAR_BLOCK_BYTES } from "./header.ts";
import { makePax } from "./pax.ts";

export interface TarEntry {
  readonly name: string;
  /** Must be known beforehand; `content` has exactly this many bytes. */
  readonly sizeBytes: number;
  readonly content:
    AsyncIterable<Uint8Array> | Iterable<Uint8Array> | ((sink: ByteSink) => Promise<void>);
  /** Permissions; 0644 by default. */
  readonly mode?: number;
}

/** The header's size field holds 11 octal digits. */
const LARGEST_USTAR_SIZE = 8 ** 11 - 1;

export async function writeTarMember(sink: ByteSink, entry: TarEntry): Promise<void> {
  const { name, sizeBytes } = entry;
  await sink.write(memberHeader(entry));
  const written = await writeContent(sink, entry.content);
  assert(
    written === sizeBytes,
    `tar member '${name}' has ${written} bytes, announced were ${sizeBytes}`,
  );
  const padding = paddingOf(sizeBytes);
  if (padding > 0) await sink.write(new Uint8Array(padding));
}

/** Returns the number of bytes. */
async function writeContent(sink: ByteSink, content: TarEntry["content"]): Promise<number> {
  let written = 0;
  const write = async (piece: Uint8Array): Promise<void> => {
    await sink.write(piece);
    written += piece.byteLength;
  };
  if (typeof content === "function") {
    await content({
      get sizeBytes() {
        return written;
      },
      write,
    });
  } else {
    for await (const piece of content) await write(piece);
  }
  return written;
}

/** Ends the archive: two blocks of zeros. */
export async function finishTar(sink: ByteSink): Promise<void> {
  await sink.write(new Uint8Array(2 * TAR_BLOCK_BYTES));
}

/** The header block of a member, after a pax header if the name or the size needs one. */
function memberHeader({ name, sizeBytes, mode = 0o644 }: Omit<TarEntry, "content">): Uint8Array {
  const isPlainName = name.length <= 100 && /^[\x20-\x7e]+$/.test(name);
  const isPlainSize = sizeBytes <= LARGEST_USTAR_SIZE;
  const records: [string, string][] = [];
  if (!isPlainName) records.push(["path", name]);
  if (!isPlainSize) records.push(["size", String(sizeBytes)]);
  // what readers without pax would see
  const plainName = isPlainName ? name : name.replaceAll(/[^\x20-\x7e]/g, "_").slice(-100);
  const size = isPlainSize ? sizeBytes : 0;
  const header = makeTarHeader({ name: plainName, sizeBytes: size, type: "0", mode });
  return records.length === 0 ? header : Buffer.concat([paxHeader(records), header]);
}

function paxHeader(records: readonly [string, string][]): Uint8Array {
  const body = makePax(records);
  const fields = { name: "././@PaxHeader", sizeBytes: body.byteLength, type: "x", mode: 0 };
  return Buffer.concat([makeTarHeader(fields), body, new Uint8Array(paddingOf(body.byteLength))]);
}

/** Size of the whole archive, end mark included. */
export function tarSizeBytes(entries: readonly Omit<TarEntry, "content">[]): number {
  const members = entries.map(
    (entry) => memberHeader(entry).byteLength + entry.sizeBytes + paddingOf(entry.sizeBytes),
  );
  return members.reduce((sum, bytes) => sum + bytes, 2 * TAR_BLOCK_BYTES);
}

function paddingOf(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}
