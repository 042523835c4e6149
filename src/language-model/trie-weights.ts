/**
 * Probabilities and backoff weights inside the entries of KenLM's tries: 31-bit floats (the sign
 * is known) and 32-bit floats, or places in tables of at most 2^25 values that stand in front of
 * the unigrams, a pair an order.
 */
import { floatOfBits, readBits } from "./bits.ts";
import { damaged } from "./kenlm-header.ts";
import type { SearchCursor } from "./ngram-search.ts";

export interface WeightPlan {
  readonly order: number;
  /** First byte of the tables. */
  readonly start: number;
  readonly sizeBytes: number;
  /** 0: not quantised. */
  readonly probabilityBits: number;
  readonly backoffBits: number;
  readonly middleBits: number;
  readonly longestBits: number;
}

export interface TrieWeights {
  readMiddle(cursor: SearchCursor, level: number, start: number, bitOffset: number): void;
  readLongest(cursor: SearchCursor, start: number, bitOffset: number): void;
}

const QUANTISATION_VERSION = 2;
const MAX_QUANTISED_BITS = 25;
/** Version and the two bit counts, padded. */
const TABLES_HEADER_BYTES = 8;
const SIGN_BIT = 0x80000000;

/** @throws ToolError INVALID_FILE */
export function readWeightPlan(
  view: DataView,
  start: number,
  order: number,
  isQuantised: boolean,
): WeightPlan {
  if (!isQuantised) {
    return {
      order,
      start,
      sizeBytes: 0,
      probabilityBits: 0,
      backoffBits: 0,
      middleBits: 63,
      longestBits: 31,
    };
  }
  if (start + TABLES_HEADER_BYTES > view.byteLength) {
    throw damaged(`the file ends at byte ${view.byteLength}`);
  }
  const version = view.getUint8(start);
  const probabilityBits = view.getUint8(start + 1);
  const backoffBits = view.getUint8(start + 2);
  if (version !== QUANTISATION_VERSION) {
    throw damaged(`expected version ${QUANTISATION_VERSION} of the quantisation, got ${version}`);
  }
  for (const bits of [probabilityBits, backoffBits]) {
    if (bits < 1 || bits > MAX_QUANTISED_BITS) throw damaged(`weights of ${bits} bits`);
  }
  const longestTable = 4 * 2 ** probabilityBits;
  return {
    order,
    start,
    sizeBytes:
      TABLES_HEADER_BYTES + (order - 2) * (longestTable + 4 * 2 ** backoffBits) + longestTable,
    probabilityBits,
    backoffBits,
    middleBits: probabilityBits + backoffBits,
    longestBits: probabilityBits,
  };
}

export function trieWeights(view: DataView, plan: WeightPlan): TrieWeights {
  return plan.probabilityBits === 0 ? plainWeights(view) : quantisedWeights(view, plan);
}

function plainWeights(view: DataView): TrieWeights {
  const probability = (start: number, bitOffset: number): number =>
    floatOfBits((readBits(view, start, bitOffset, 31) | SIGN_BIT) >>> 0);
  return {
    readMiddle: (cursor, _level, start, bitOffset) => {
      cursor.probability = probability(start, bitOffset);
      cursor.backoff = floatOfBits(readBits(view, start, bitOffset + 31, 32));
    },
    readLongest: (cursor, start, bitOffset) => {
      cursor.probability = probability(start, bitOffset);
    },
  };
}

function quantisedWeights(view: DataView, plan: WeightPlan): TrieWeights {
  const { probabilityBits, backoffBits, order } = plan;
  const probabilities = 4 * 2 ** probabilityBits;
  const pair = probabilities + 4 * 2 ** backoffBits;
  const tables = plan.start + TABLES_HEADER_BYTES;
  const longestTable = tables + (order - 2) * pair;
  return {
    readMiddle: (cursor, level, start, bitOffset) => {
      const table = tables + level * pair;
      const backoff = readBits(view, start, bitOffset, backoffBits);
      const probability = readBits(view, start, bitOffset + backoffBits, probabilityBits);
      cursor.backoff = view.getFloat32(table + probabilities + 4 * backoff, true);
      cursor.probability = view.getFloat32(table + 4 * probability, true);
    },
    readLongest: (cursor, start, bitOffset) => {
      const probability = readBits(view, start, bitOffset, probabilityBits);
      cursor.probability = view.getFloat32(longestTable + 4 * probability, true);
    },
  };
}
