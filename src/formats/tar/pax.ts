/**
 * The extended header of pax archives: records `"<length> <key>=<value>\n"` that override the
 * fields of the header after them. Only `path` and `size` concern us.
 */
import { ToolError } from "../../errors/tool-error.ts";

export interface PaxOverrides {
  readonly path?: string;
  readonly sizeBytes?: number;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const decoder = new TextDecoder();

/** @throws ToolError INVALID_FILE for malformed records, UNSUPPORTED for sparse files. */
export function readPax(bytes: Uint8Array): PaxOverrides {
  const overrides: { path?: string; sizeBytes?: number } = {};
  for (let start = 0; start < bytes.byteLength;) {
    const space = bytes.indexOf(SPACE, start);
    const digits = space < 0 ? "" : decoder.decode(bytes.subarray(start, space));
    const end = /^[0-9]{1,9}$/.test(digits) ? start + Number(digits) : 0;
    if (end <= space + 1 || end > bytes.byteLength || bytes[end - 1] !== NEWLINE)
      throw malformed("record length");
    const record = decoder.decode(bytes.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    if (equals < 1) throw malformed("record without '='");
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (key === "path") overrides.path = value;
    else if (key === "size") overrides.sizeBytes = paxSize(value);
    else if (key.startsWith("GNU.sparse")) throw sparse();
    start = end;
  }
  return overrides;
}

/** The body of an extended header with these records. */
export function makePax(records: readonly (readonly [key: string, value: string])[]): Uint8Array {
  const encoder = new TextEncoder();
  return encoder.encode(records.map(([key, value]) => paxRecord(key, value)).join(""));

  function paxRecord(key: string, value: string): string {
    const rest = ` ${key}=${value}\n`;
    const restBytes = encoder.encode(rest).byteLength;
    // the length counts its own digits
    let length = restBytes + 1;
    while (String(length).length + restBytes !== length) length = restBytes + String(length).length;
    return `${length}${rest}`;
  }
}

function paxSize(value: string): number {
  const size = /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw malformed(`size '${value.slice(0, 40)}'`);
  return size;
}

function malformed(what: string): ToolError {
  return new ToolError("INVALID_FILE", `tar: malformed extended header: ${what}`, {
    hint: "the archive is damaged or hostile; pack it again",
  });
}

export function sparse(): ToolError {
  return new ToolError("UNSUPPORTED", "tar: a sparse file is not accepted", {
    hint: "pack the archive again without --sparse",
  });
}
