/**
 * KenLM's probing model in place: an array of unigrams, then a hash table an order, keyed by the
 * hash of the word ids from last to first. The sign bit of a stored probability (all are
 * negative) says that no longer n-gram ends with this one.
 */
import { combineWordHash, Hash64 } from "./hash64.ts";
import { marksContext, type NgramSearch, type SearchCursor } from "./ngram-search.ts";
import { countBuckets, ProbingTable } from "./probing-table.ts";

export const UNIGRAM_BYTES = 8;
/** Key, probability, backoff. */
export const MIDDLE_BYTES = 16;
/** Key, probability. */
export const LONGEST_BYTES = 12;

export interface ProbingPlan {
  readonly unigrams: number;
  /** First byte and buckets of the table of each order from 2 on. */
  readonly tables: readonly { readonly start: number; readonly buckets: number }[];
  readonly end: number;
}

/** Where everything lies, from the n-gram counts. */
export function planProbing(
  start: number,
  counts: readonly number[],
  multiplier: number,
): ProbingPlan {
  // One more for <unk>, which a file need not have.
  let at = start + ((counts[0] as number) + 1) * UNIGRAM_BYTES;
  const tables = counts.slice(1).map((count, n) => {
    const table = { start: at, buckets: countBuckets(count, multiplier) };
    at += table.buckets * (n === counts.length - 2 ? LONGEST_BYTES : MIDDLE_BYTES);
    return table;
  });
  return { unigrams: start, tables, end: at };
}

/** The tables of a plan over the bytes. */
export function probingTables(view: DataView, plan: ProbingPlan): ProbingTable[] {
  return plan.tables.map(
    ({ start, buckets }, n) =>
      new ProbingTable({
        view,
        start,
        buckets,
        entryBytes: n === plan.tables.length - 1 ? LONGEST_BYTES : MIDDLE_BYTES,
      }),
  );
}

export function probingSearch(view: DataView, plan: ProbingPlan): NgramSearch {
  const tables = probingTables(view, plan);
  const longestTable = tables.at(-1) as ProbingTable;
  const key = new Hash64();
  const lookUp = (cursor: SearchCursor, table: ProbingTable, wordId: number): number => {
    key.low = cursor.first;
    key.high = cursor.second;
    combineWordHash(key, wordId);
    cursor.first = key.low;
    cursor.second = key.high;
    return table.find(key);
  };
  const readWeights = (cursor: SearchCursor, at: number): void => {
    cursor.probability = -Math.abs(view.getFloat32(at, true));
    cursor.isLeftmost = view.getUint8(at + 3) >= 0x80;
    cursor.backoff = view.getFloat32(at + 4, true);
    cursor.isContext = marksContext(cursor.backoff);
  };
  return {
    order: tables.length + 1,
    unigram: (cursor, wordId) => {
      cursor.first = wordId;
      cursor.second = 0;
      readWeights(cursor, plan.unigrams + wordId * UNIGRAM_BYTES);
    },
    middle: (cursor, level, wordId) => {
      const at = lookUp(cursor, tables[level] as ProbingTable, wordId);
      if (at < 0) return false;
      readWeights(cursor, at);
      return true;
    },
    longest: (cursor, wordId) => {
      const at = lookUp(cursor, longestTable, wordId);
      if (at < 0) return false;
      cursor.probability = -Math.abs(view.getFloat32(at, true));
      return true;
    },
  };
}
