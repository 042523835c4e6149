/**
 * Where an entry's children begin, in KenLM's tries: whole in the entry, or with its upper bits
 * taken out. Then a sorted array tells at which entry each value of the upper bits is reached.
 * How many bits are out is not in the file: it is what makes the file smallest.
 */
import { bitsFor, readBits } from "./bits.ts";
import { alignTo8 } from "./kenlm-header.ts";

export interface PointerPlan {
  readonly inlineBits: number;
  /** First byte and length of the sorted array of 64-bit entry numbers; length 0: all inline. */
  readonly array: number;
  readonly arrayLength: number;
  /** Bytes in front of the packed entries. */
  readonly sizeBytes: number;
}

export interface PointerRequest {
  readonly at: number;
  /** Entries of the level, and one more. */
  readonly entries: number;
  /** Largest pointer: the number of n-grams of the next order. */
  readonly largest: number;
  /** Most bits to take out; undefined in tries without this compression. */
  readonly chopLimit: number | undefined;
}

const ENTRY_BITS = 64;

export function planPointers({ at, entries, largest, chopLimit }: PointerRequest): PointerPlan {
  const bits = bitsFor(largest);
  if (chopLimit === undefined) return { inlineBits: bits, array: at, arrayLength: 0, sizeBytes: 0 };
  const chopped = bestChop({ entries, largest, bits, most: Math.min(bits, chopLimit) });
  const arrayLength = upperBits(largest, bits - chopped) + 1;
  return {
    inlineBits: bits - chopped,
    // 8 bytes for the version, beginning at a multiple of 8.
    array: alignTo8(at) + 8,
    arrayLength,
    sizeBytes: 8 * (1 + arrayLength) + 7,
  };
}

interface ChopRequest {
  readonly entries: number;
  readonly largest: number;
  readonly bits: number;
  readonly most: number;
}

/** The number of bits whose array costs least against what it saves in the entries. */
function bestChop({ entries, largest, bits, most }: ChopRequest): number {
  let best = 0;
  let lowest = Infinity;
  for (let chop = 0; chop <= most; chop++) {
    const cost = upperBits(largest, bits - chop) * ENTRY_BITS - entries * chop;
    if (cost < lowest) {
      lowest = cost;
      best = chop;
    }
  }
  return best;
}

function upperBits(value: number, inlineBits: number): number {
  return Math.floor(value / 2 ** inlineBits);
}

export interface PointerEntries {
  readonly start: number;
  readonly entryBits: number;
}

/** Reads the pointer of entry `index`. */
export function packedPointers(
  view: DataView,
  { inlineBits, array, arrayLength }: PointerPlan,
  { start, entryBits }: PointerEntries,
): (index: number) => number {
  const inline = (index: number): number =>
    readBits(view, start, (index + 1) * entryBits - inlineBits, inlineBits);
  if (arrayLength === 0) return inline;
  const scale = 2 ** inlineBits;
  /** The last value of the upper bits that begins at or before the entry. */
  const upper = (index: number): number => {
    let low = 0;
    let high = arrayLength;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = array + 8 * middle;
      const reached = view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
      if (reached <= index) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  };
  return (index) => upper(index) * scale + inline(index);
}
