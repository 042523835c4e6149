/** KenLM's two vocabularies in place: hashes of the words to word ids. */
import type { Hash64 } from "./hash64.ts";
import { damaged, type KenlmHeader } from "./kenlm-header.ts";
import { UNKNOWN_WORD } from "./language-model.ts";
import { countBuckets, ProbingTable } from "./probing-table.ts";

export interface Vocabulary {
  /** Number of words with `<unk>`; ids are below it. */
  readonly bound: number;
  find(hash: Hash64): number;
}

/** Version and bound, 32 bits each. */
export const VOCABULARY_HEADER_BYTES = 8;
/** Hash and word id. */
export const VOCABULARY_ENTRY_BYTES = 12;

/** The hash table of probing models. */
export function probingVocabulary(
  view: DataView,
  start: number,
  { counts, probingMultiplier }: KenlmHeader,
): { readonly vocabulary: Vocabulary; readonly sizeBytes: number } {
  const wordCount = counts[0] as number;
  const buckets = countBuckets(wordCount, probingMultiplier);
  const sizeBytes = VOCABULARY_HEADER_BYTES + buckets * VOCABULARY_ENTRY_BYTES;
  if (start + sizeBytes > view.byteLength) {
    throw damaged(`the vocabulary needs ${sizeBytes} bytes: the file is cut short`);
  }
  const version = view.getUint32(start, true);
  if (version !== 0) throw damaged(`expected version 0 of the vocabulary, got ${version}`);
  const bound = view.getUint32(start + 4, true);
  if (bound < 1 || bound > wordCount + 1) {
    throw damaged(`expected a vocabulary of 1 to ${wordCount + 1} words, got ${bound}`);
  }
  const table = new ProbingTable({
    view,
    start: start + VOCABULARY_HEADER_BYTES,
    buckets,
    entryBytes: VOCABULARY_ENTRY_BYTES,
  });
  const find = (hash: Hash64): number => {
    const at = table.find(hash);
    const word = at < 0 ? UNKNOWN_WORD : view.getUint32(at, true);
    return word < bound ? word : UNKNOWN_WORD;
  };
  return { vocabulary: { bound, find }, sizeBytes };
}

/** The sorted hashes of tries: a word's id is the place of its hash, counted from 1. */
export function sortedVocabulary(view: DataView, start: number, wordCount: number): Vocabulary {
  const stored = view.getUint32(start, true) + 2 ** 32 * view.getUint32(start + 4, true);
  if (stored > wordCount) {
    throw damaged(`expected at most ${wordCount} words, got ${stored}`);
  }
  const find = ({ low, high }: Hash64): number => {
    let first = 0;
    let after = stored;
    while (first < after) {
      const middle = (first + after) >>> 1;
      const at = start + 8 + 8 * middle;
      const upper = view.getUint32(at + 4, true);
      const lower = view.getUint32(at, true);
      if (upper === high && lower === low) return middle + 1;
      if (upper < high || (upper === high && lower < low)) first = middle + 1;
      else after = middle;
    }
    return UNKNOWN_WORD;
  };
  return { bound: stored + 1, find };
}
