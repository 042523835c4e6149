/**
 * KenLM's trie in place: unigrams, then order by order bit-packed entries, sorted by word
 * within the range that their parent names. An entry is
 *
 *   word id | probability and backoff, as floats or as places in a table | where children begin
 *
 * and ends its children where the next entry's begin. Array-compressed tries keep the upper bits
 * of that pointer in a sorted array (Raj and Whittaker, 2003). Facts: kpu/kenlm, lm/trie.cc,
 * lm/quantize.hh, lm/bhiksha.cc.
 */
import { bitsFor, readBits } from "./bits.ts";
import { damaged, type KenlmHeader } from "./kenlm-header.ts";
import { marksContext, type NgramSearch, type SearchCursor } from "./ngram-search.ts";
import { packedPointers, planPointers, type PointerPlan } from "./trie-pointers.ts";
import { readWeightPlan, trieWeights, type TrieWeights, type WeightPlan } from "./trie-weights.ts";

/** Probability, backoff, first child (64 bits). */
const UNIGRAM_BYTES = 16;
/** Reading goes up to 8 bytes beyond an entry. */
const SPARE_BYTES = 8;

interface Level {
  readonly entries: number;
  /** First byte of the entries. */
  readonly start: number;
  readonly entryBits: number;
}

interface MiddleLevel extends Level {
  readonly pointers: PointerPlan;
}

export interface TriePlan {
  readonly weights: WeightPlan;
  readonly unigrams: number;
  readonly wordBits: number;
  readonly middles: readonly MiddleLevel[];
  readonly longest: Level;
  readonly end: number;
}

/** @throws ToolError INVALID_FILE, UNSUPPORTED for another version of a compression */
export function planTrie(view: DataView, start: number, header: KenlmHeader): TriePlan {
  const { counts, kind } = header;
  const weights = readWeightPlan(view, start, counts.length, kind.includes("quantised"));
  const unigrams = start + weights.sizeBytes;
  const wordBits = bitsFor(counts[0] as number);
  // One for <unk>, one to end the last word's children.
  let at = unigrams + ((counts[0] as number) + 2) * UNIGRAM_BYTES;
  const isArray = kind.includes("array-compressed");
  const chopLimit = isArray && counts.length > 2 ? readChopLimit(view, at) : undefined;
  const middles = counts.slice(1, -1).map((entries, n) => {
    const pointers = planPointers({
      at,
      entries: entries + 1,
      largest: counts[n + 2] as number,
      chopLimit,
    });
    const entryBits = wordBits + weights.middleBits + pointers.inlineBits;
    const level = { entries, start: at + pointers.sizeBytes, entryBits, pointers };
    at = level.start + packedSize(entries, entryBits);
    return level;
  });
  const entries = counts.at(-1) as number;
  const longest = { entries, start: at, entryBits: wordBits + weights.longestBits };
  return {
    weights,
    unigrams,
    wordBits,
    middles,
    longest,
    end: at + packedSize(entries, longest.entryBits),
  };
}

/** One more entry than n-grams, for the end of the last one's children. */
function packedSize(entries: number, entryBits: number): number {
  return Math.ceil(((entries + 1) * entryBits) / 8) + SPARE_BYTES;
}

/** Most bits that an array-compressed trie may keep out of line: second byte of its first level. */
function readChopLimit(view: DataView, at: number): number {
  if (at + 2 > view.byteLength) throw damaged(`the file ends at byte ${view.byteLength}`);
  const version = view.getUint8(at);
  if (version !== 0) throw damaged(`expected version 0 of the array compression, got ${version}`);
  return view.getUint8(at + 1);
}

export function trieSearch(view: DataView, plan: TriePlan): NgramSearch {
  const weights: TrieWeights = trieWeights(view, plan.weights);
  const { wordBits, middles, longest, unigrams } = plan;
  const pointers = middles.map((level) => packedPointers(view, level.pointers, level));
  /** Most children of each level; damaged pointers must not lead out of the file. */
  const nextEntries = [...middles.map(({ entries }) => entries), longest.entries];

  const limitRange = (cursor: SearchCursor, begin: number, end: number, next: number): void => {
    const most = nextEntries[next] ?? 0;
    cursor.second = Math.min(end, most);
    cursor.first = Math.min(begin, cursor.second);
    cursor.isLeftmost = cursor.first === cursor.second;
  };
  /** Index of the word's entry in the cursor's range, or -1. */
  const find = (cursor: SearchCursor, level: Level, wordId: number): number => {
    let low = cursor.first;
    let high = cursor.second;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const word = readBits(view, level.start, middle * level.entryBits, wordBits);
      if (word === wordId) return middle;
      if (word < wordId) low = middle + 1;
      else high = middle;
    }
    return -1;
  };
  return {
    order: middles.length + 2,
    unigram: (cursor, wordId) => {
      const at = unigrams + wordId * UNIGRAM_BYTES;
      cursor.probability = view.getFloat32(at, true);
      cursor.backoff = view.getFloat32(at + 4, true);
      cursor.isContext = marksContext(cursor.backoff);
      limitRange(cursor, readUint64(view, at + 8), readUint64(view, at + 8 + UNIGRAM_BYTES), 0);
    },
    middle: (cursor, levelIndex, wordId) => {
      const level = middles[levelIndex] as MiddleLevel;
      const index = find(cursor, level, wordId);
      if (index < 0) return false;
      const bitOffset = index * level.entryBits + wordBits;
      weights.readMiddle(cursor, levelIndex, level.start, bitOffset);
      cursor.isContext = marksContext(cursor.backoff);
      const read = pointers[levelIndex] as (index: number) => number;
      limitRange(cursor, read(index), read(index + 1), levelIndex + 1);
      return true;
    },
    longest: (cursor, wordId) => {
      const index = find(cursor, longest, wordId);
      if (index < 0) return false;
      weights.readLongest(cursor, longest.start, index * longest.entryBits + wordBits);
      return true;
    },
  };
}

function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
}
