/**
 * The words of an ARPA file while it is read: ids in order of appearance from 1 on, `<unk>` is 0,
 * found by the 64-bit hash that KenLM keeps instead of the word.
 */
import { GrowingBytes, GrowingUint32 } from "./growing.ts";
import { Hash64, murmurHash } from "./hash64.ts";
import { ProbingTable } from "./probing-table.ts";
import { VOCABULARY_ENTRY_BYTES } from "./vocabulary.ts";

/** A word id that no vocabulary has. */
export const NO_WORD = -1;

const UNKNOWN_SPELLINGS = ["<unk>", "<UNK>"];
const ZERO = new Uint8Array(1);
const FIRST_BUCKETS = 1 << 12;

export class ArpaVocabulary {
  /** With `<unk>`. */
  count = 1;
  /** Words in order of their ids, each ended by a zero byte. */
  readonly spellings = new GrowingBytes();
  /** Low and high half of each word's hash, from id 1 on. */
  readonly hashes = new GrowingUint32();
  readonly #hash = new Hash64();
  readonly #unknown: readonly Hash64[];
  #buckets = FIRST_BUCKETS;
  #view = emptyTable(FIRST_BUCKETS);
  #table = tableOver(this.#view, FIRST_BUCKETS);

  constructor() {
    this.#unknown = UNKNOWN_SPELLINGS.map((text) => {
      const hash = new Hash64();
      const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
      murmurHash(hash, bytes, 0, bytes.length);
      return hash;
    });
    this.spellings.append(Uint8Array.from("<unk>\0", (character) => character.charCodeAt(0)));
  }

  /** Id of the word `bytes[start..end)`, or {@link NO_WORD}. */
  find(bytes: Uint8Array, start: number, end: number): number {
    murmurHash(this.#hash, bytes, start, end);
    if (this.#isUnknown()) return 0;
    const at = this.#table.find(this.#hash);
    return at < 0 ? NO_WORD : this.#view.getUint32(at, true);
  }

  /** Id of a new word; {@link NO_WORD} if the file has it already. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const known = this.find(bytes, start, end);
    if (known >= 0) return known === 0 ? 0 : NO_WORD;
    if (this.count * 2 > this.#buckets) this.#grow();
    this.#view.setUint32(this.#table.insert(this.#hash), this.count, true);
    this.hashes.push(this.#hash.low);
    this.hashes.push(this.#hash.high);
    this.spellings.append(bytes.subarray(start, end));
    this.spellings.append(ZERO);
    return this.count++;
  }

  #isUnknown(): boolean {
    const { low, high } = this.#hash;
    return this.#unknown.some((hash) => hash.low === low && hash.high === high);
  }

  #grow(): void {
    this.#buckets *= 2;
    this.#view = emptyTable(this.#buckets);
    this.#table = tableOver(this.#view, this.#buckets);
    insertHashes(this.#view, this.#table, this.hashes);
  }
}

/** Fills a vocabulary table with the words 1, 2, … of which `hashes` has two halves each. */
export function insertHashes(view: DataView, table: ProbingTable, hashes: GrowingUint32): void {
  const hash = new Hash64();
  for (let n = 0; n < hashes.length; n += 2) {
    hash.low = hashes.at(n);
    hash.high = hashes.at(n + 1);
    view.setUint32(table.insert(hash), n / 2 + 1, true);
  }
}

function emptyTable(buckets: number): DataView {
  return new DataView(new ArrayBuffer(buckets * VOCABULARY_ENTRY_BYTES));
}

function tableOver(view: DataView, buckets: number): ProbingTable {
  return new ProbingTable({ view, start: 0, buckets, entryBytes: VOCABULARY_ENTRY_BYTES });
}
