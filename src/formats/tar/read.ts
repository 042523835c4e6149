/**
 * Lists a tar archive in place: only headers are read, a member is a slice of the source and
 * nothing is extracted. Our own reader, because links, devices, absolute names and `..` must be
 * refused instead of skipped (node-tar and NeMo each had several holes here), and because
 * checkpoints of many gigabytes are read by position.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { sliceSource, type ByteSource } from "../../io/byte-source.ts";
import { isZeroBlock, readTarHeader, TAR_BLOCK_BYTES, type TarHeader } from "./header.ts";
import { readPax, sparse, type PaxOverrides } from "./pax.ts";

export interface TarMember {
  /** Without a leading `./`; parts separated by `/`. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly source: ByteSource;
}

export interface TarLimits {
  readonly members: number;
  readonly nameBytes: number;
  readonly extensionBytes: number;
}

export const TAR_LIMITS: TarLimits = {
  /** The largest archives known (unpacked sharded checkpoints) have some thousands. */
  members: 100_000,
  /** PATH_MAX of Linux. */
  nameBytes: 4096,
  /** Long names and pax headers are read into memory; real ones have a few hundred bytes. */
  extensionBytes: 1024 * 1024,
};

/** Type flags that are not files, by the name to refuse them with. */
const REFUSED_TYPES: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a character device",
  "4": "a block device",
  "6": "a named pipe",
  V: "a volume label",
  M: "a continued volume",
};

/**
 * The files of the archive in its order; folders are left out.
 * @throws ToolError INVALID_FILE, UNSUPPORTED (sparse), LIMIT_EXCEEDED, each naming the member
 */
export async function readTar(
  source: ByteSource,
  limits: TarLimits = TAR_LIMITS,
): Promise<readonly TarMember[]> {
  return withPlace(source.name, () => listMembers(source, limits));
}

async function listMembers(source: ByteSource, limits: TarLimits): Promise<readonly TarMember[]> {
  const members = new Map<string, TarMember>();
  let overrides: PaxOverrides = {};
  let position = 0;
  for (;;) {
    const block = await readBlock(source, position);
    if (isZeroBlock(block)) return [...members.values()];
    const header = readTarHeader(block, position);
    const dataStart = position + TAR_BLOCK_BYTES;
    if (isExtension(header.type)) {
      const body = await readExtension(source, header, dataStart, limits);
      overrides = { ...overrides, ...readOverrides(header.type, body) };
      position = nextBlock(dataStart + header.sizeBytes);
      continue;
    }
    const rawName = overrides.path ?? header.name;
    const sizeBytes = overrides.sizeBytes ?? header.sizeBytes;
    overrides = {};
    const name = checkName(rawName, limits);
    if (header.type === "5") {
      if (sizeBytes !== 0) throw bad(rawName, "a folder with content");
    } else {
      checkType(header.type, rawName);
      checkSize(source, rawName, dataStart, sizeBytes);
      if (name === "") throw bad(rawName, "a file without a name");
      if (members.has(name)) throw bad(rawName, "a second member of the same name");
      if (members.size >= limits.members) throw tooMany(limits.members);
      members.set(name, {
        name,
        sizeBytes,
        source: sliceSource(source, dataStart, dataStart + sizeBytes, name),
      });
    }
    position = nextBlock(dataStart + sizeBytes);
  }
}

async function readBlock(source: ByteSource, position: number): Promise<Uint8Array> {
  if (position + TAR_BLOCK_BYTES > source.sizeBytes) {
    throw new ToolError(
      "INVALID_FILE",
      `tar: the archive ends at byte ${source.sizeBytes} without its end mark`,
      { hint: "the file is not a tar archive, or it is cut short; copy or download it again" },
    );
  }
  return source.read(position, position + TAR_BLOCK_BYTES);
}

/** GNU's `L` (long name) and `K` (long link name), pax `x` (next member) and `g` (all members). */
function isExtension(type: string): boolean {
  return type === "L" || type === "K" || type === "x" || type === "g";
}

async function readExtension(
  source: ByteSource,
  header: TarHeader,
  start: number,
  limits: TarLimits,
): Promise<Uint8Array> {
  if (header.sizeBytes > limits.extensionBytes) {
    throw new ToolError(
      "LIMIT_EXCEEDED",
      `tar: an extended header of ${header.sizeBytes} bytes where at most ${limits.extensionBytes} are accepted`,
      { at: header.name, hint: "the archive is damaged or hostile; pack it again" },
    );
  }
  checkSize(source, header.name, start, header.sizeBytes);
  return source.read(start, start + header.sizeBytes);
}

function readOverrides(type: string, body: Uint8Array): PaxOverrides {
  if (type === "L") return { path: new TextDecoder().decode(body).replace(/\0$/, "") };
  if (type === "K") return {};
  const overrides = readPax(body);
  // one path or size for all members makes no sense; the other records do not concern us
  if (type === "g" && (overrides.path !== undefined || overrides.sizeBytes !== undefined)) {
    throw bad("global header", "a name or size for all members");
  }
  return overrides;
}

/** The name without empty parts and `.`; refuses what could point outside. */
function checkName(name: string, limits: TarLimits): string {
  if (Buffer.byteLength(name) > limits.nameBytes) {
    throw new ToolError(
      "LIMIT_EXCEEDED",
      `tar: a member name of ${name.length} characters where at most ${limits.nameBytes} bytes are accepted`,
      { at: `${name.slice(0, 80)}…`, hint: "the archive is damaged or hostile; pack it again" },
    );
  }
  if (name.includes("\0")) throw bad(name.replaceAll("\0", "\\0"), "a NUL in its name");
  if (name.startsWith("/")) throw bad(name, "an absolute path");
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw bad(name, "'..' in its path");
  return parts.join("/");
}

function checkType(type: string, name: string): void {
  if (type === "0" || type === "7") return; // 7: a file that wants to lie in one piece
  if (type === "S") throw sparse().within(name);
  throw bad(name, REFUSED_TYPES[type] ?? `the unknown type ${JSON.stringify(type)}`);
}

function checkSize(source: ByteSource, name: string, start: number, sizeBytes: number): void {
  if (start + sizeBytes <= source.sizeBytes) return;
  throw new ToolError(
    "INVALID_FILE",
    `tar: the member needs bytes up to ${start + sizeBytes}, but the archive ends at ${source.sizeBytes}`,
    { at: name, hint: "the file is cut short; copy or download it again" },
  );
}

function nextBlock(position: number): number {
  return Math.ceil(position / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
}

function bad(name: string, what: string): ToolError {
  return new ToolError("INVALID_FILE", `tar: a member is not accepted: ${what}`, {
    at: name,
    hint: "such a member can overwrite files outside of the archive or hide others; pack the plain files again",
  });
}

function tooMany(limit: number): ToolError {
  return new ToolError("LIMIT_EXCEEDED", `tar: more than ${limit} members`, {
    hint: "a checkpoint has some dozens; this is something else",
  });
}
