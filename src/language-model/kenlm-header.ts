/**
 * Header of a KenLM binary, version 5 (little endian):
 *
 *   0  magic text, zero-padded to 56 bytes
 *  56  test values: floats 0, 1, -0.5, words 1, 2^32 - 1, 0, 64-bit 1
 *  88  order (1 byte), +4 probing multiplier (float), +8 model type (u32),
 *      +12 has vocabulary (1 byte), +16 search version (u32)
 * 108  n-grams of each order (u64 each), padded to a multiple of 8
 *
 * Facts from kpu/kenlm, lm/binary_format.cc.
 */
import { ToolError } from "../errors/tool-error.ts";

export const KENLM_KINDS = [
  "probing",
  "rest-probing",
  "trie",
  "quantised trie",
  "array-compressed trie",
  "quantised array-compressed trie",
] as const;
export type KenlmKind = (typeof KENLM_KINDS)[number];

export interface KenlmHeader {
  readonly kind: KenlmKind;
  /** Number of n-grams of each order; its length is the model's order. */
  readonly counts: readonly number[];
  readonly probingMultiplier: number;
  /** The words stand at the end of the file. */
  readonly hasVocabulary: boolean;
  readonly sizeBytes: number;
}

/** A header's size at the largest order that we read. */
export const KENLM_HEADER_MAX_BYTES = 256;
/** KenLM itself is compiled for 6 by default. */
export const MAX_ORDER = 16;

const MAGIC_FAMILY = "mmap lm http://kheafield.com/code";
const MAGIC_BEFORE_VERSION = `${MAGIC_FAMILY} format version`;
const MAGIC = `${MAGIC_BEFORE_VERSION} 5\n`;
const MAGIC_INCOMPLETE = `${MAGIC_FAMILY} incomplete\n`;
const TESTS_AT = 56;
const FIXED_AT = 88;
const COUNTS_AT = 108;
/** Versions of the data structures inside, by kind. */
const searchVersion = (kind: KenlmKind): number => (kind === "probing" ? 0 : 1);

const HINT = "build it again from the ARPA file with KenLM's build_binary, or give the ARPA file";

/** True for every file that KenLM's build_binary wrote, of whatever version. */
export function isKenlm(bytes: Uint8Array): boolean {
  return startsWith(bytes, MAGIC_FAMILY);
}

/**
 * @param bytes the beginning of the file, {@link KENLM_HEADER_MAX_BYTES} or all there is
 * @throws ToolError INVALID_FILE if it is no KenLM binary or is damaged, UNSUPPORTED for another
 *   version or a model with rest costs
 */
export function parseKenlmHeader(bytes: Uint8Array): KenlmHeader {
  checkMagic(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < COUNTS_AT) throw damaged(`the file ends at byte ${bytes.byteLength}`);
  checkTestValues(view);
  const kind = parseKind(view.getUint32(FIXED_AT + 8, true));
  const version = view.getUint32(FIXED_AT + 16, true);
  if (version !== searchVersion(kind)) {
    throw unsupported(
      `expected version ${searchVersion(kind)} of the ${kind} structure, got ${version}`,
    );
  }
  const order = view.getUint8(FIXED_AT);
  if (order < 2 || order > MAX_ORDER) {
    throw damaged(`expected an order of 2 to ${MAX_ORDER}, got ${order}`);
  }
  const probingMultiplier = view.getFloat32(FIXED_AT + 4, true);
  if (!(probingMultiplier >= 1 && probingMultiplier <= 1000)) {
    throw damaged(`expected a probing multiplier from 1 on, got ${probingMultiplier}`);
  }
  return {
    kind,
    counts: parseCounts(view, order),
    probingMultiplier,
    hasVocabulary: view.getUint8(FIXED_AT + 12) !== 0,
    sizeBytes: headerSize(order),
  };
}

export function headerSize(order: number): number {
  return alignTo8(COUNTS_AT + 8 * order);
}

export function alignTo8(value: number): number {
  return Math.ceil(value / 8) * 8;
}

/** A header of a probing model with its vocabulary. */
export function writeProbingHeader(
  view: DataView,
  counts: readonly number[],
  probingMultiplier: number,
): void {
  for (let n = 0; n < MAGIC.length; n++) view.setUint8(n, MAGIC.charCodeAt(n));
  TEST_VALUES.forEach((value, n) => view.setUint32(TESTS_AT + 4 * n, value, true));
  view.setUint8(FIXED_AT, counts.length);
  view.setFloat32(FIXED_AT + 4, probingMultiplier, true);
  view.setUint32(FIXED_AT + 8, KENLM_KINDS.indexOf("probing"), true);
  view.setUint8(FIXED_AT + 12, 1);
  view.setUint32(FIXED_AT + 16, searchVersion("probing"), true);
  counts.forEach((count, n) => {
    view.setUint32(COUNTS_AT + 8 * n, count >>> 0, true);
    view.setUint32(COUNTS_AT + 8 * n + 4, Math.floor(count / 2 ** 32), true);
  });
}

/** 0.0, 1.0, -0.5 as bits; word ids 1 and the largest, padding; 64-bit 1. */
const TEST_VALUES = [0, 0x3f800000, 0xbf000000, 1, 0xffffffff, 0, 1, 0];

function checkTestValues(view: DataView): void {
  const wrong = TEST_VALUES.findIndex(
    (value, n) => view.getUint32(TESTS_AT + 4 * n, true) !== value,
  );
  if (wrong < 0) return;
  throw unsupported(
    `test value ${wrong} of the header differs: the file was built on a machine with another byte order or by a 32-bit program`,
  );
}

function checkMagic(bytes: Uint8Array): void {
  if (startsWith(bytes, MAGIC)) return;
  if (startsWith(bytes, MAGIC_INCOMPLETE)) throw damaged("its build was never finished");
  if (startsWith(bytes, MAGIC_BEFORE_VERSION)) {
    const version = asciiLine(bytes, MAGIC_BEFORE_VERSION.length).trim();
    throw unsupported(`expected KenLM binary format version 5, got version ${version}`);
  }
  throw damaged("the file does not start as KenLM binaries do");
}

function parseKind(type: number): KenlmKind {
  const kind = KENLM_KINDS[type];
  if (kind === undefined) throw unsupported(`expected a model type of 0 to 5, got ${type}`);
  if (kind === "rest-probing") {
    throw unsupported("a model with rest costs (rest-probing), which decoders do not use");
  }
  return kind;
}

function parseCounts(view: DataView, order: number): number[] {
  if (view.byteLength < headerSize(order))
    throw damaged(`the file ends at byte ${view.byteLength}`);
  return Array.from({ length: order }, (_, n) => {
    const at = COUNTS_AT + 8 * n;
    const count = view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
    // More n-grams than this do not fit in any memory; sizes computed from it stay exact.
    if (count > 2 ** 40) throw damaged(`${count} ${n + 1}-grams`);
    return count;
  });
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let n = 0; n < text.length; n++) if (bytes[n] !== text.charCodeAt(n)) return false;
  return true;
}

function asciiLine(bytes: Uint8Array, from: number): string {
  let text = "";
  for (let at = from; at < Math.min(bytes.length, from + 16); at++) {
    const byte = bytes[at] as number;
    if (byte < 0x20 || byte > 0x7e) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

export function damaged(what: string): ToolError {
  return new ToolError("INVALID_FILE", `KenLM: ${what}`, { hint: HINT });
}

function unsupported(what: string): ToolError {
  return new ToolError("UNSUPPORTED", `KenLM: ${what}`, { hint: HINT });
}
