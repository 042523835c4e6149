/**
 * SentencePiece's unigram model: of all ways to cut a text into pieces the one with the highest
 * sum of scores (Viterbi). Sums are rounded to single precision as in the original, so that equal
 * and nearly equal ways are decided alike.
 */
import { encodeUtf8 } from "../utf8.ts";
import type { NormalizedText } from "./normalized-text.ts";
import type { Cut, Cutter } from "./sentence-piece-cut.ts";
import type { PieceTable } from "./sentence-piece-pieces.ts";
import { NO_NODE, Trie } from "./trie.ts";

/** How much worse an unknown character is than the worst piece. */
const UNKNOWN_PENALTY = 10;
/** Where the original starts to look for the highest score: the smallest positive float. */
const LEAST_MAXIMUM = 2 ** -126;

export function unigramCutter(table: PieceTable): Cutter {
  const trie = new Trie(table.findable);
  const scores = table.scores.map((score, id) =>
    table.kinds[id] === "user-defined" ? userDefinedScore(table, id) : score,
  );
  const pieceScores = Float64Array.from(scores);
  const unknownScore = Math.fround(lowestScore(table) - UNKNOWN_PENALTY);
  return (text) => cutUnigram(text, { trie, pieceScores, unknownScore, table });
}

function normalScores(table: PieceTable): number[] {
  return table.scores.filter((_, id) => table.kinds[id] === "normal");
}

function lowestScore(table: PieceTable): number {
  return normalScores(table).reduce((low, score) => Math.min(low, score), 3.4028234663852886e38);
}

/** Better than any way around it. */
function userDefinedScore(table: PieceTable, id: number): number {
  const highest = normalScores(table).reduce((a, b) => Math.max(a, b), LEAST_MAXIMUM);
  return Math.fround(encodeUtf8(table.texts[id] as string).length * highest) - 0.1;
}

interface Unigram {
  readonly trie: Trie;
  readonly pieceScores: Float64Array;
  readonly unknownScore: number;
  readonly table: PieceTable;
}

function cutUnigram(
  { units, length }: NormalizedText,
  { trie, pieceScores, unknownScore, table }: Unigram,
): Cut {
  // for each place the best way to get there: its sum, its last piece and where that begins
  const sums = new Float32Array(length + 1);
  const from = new Int32Array(length + 1).fill(-1);
  const last = new Int32Array(length + 1);
  for (let at = 0; at < length;) {
    const sum = sums[at] as number;
    const afterCharacter = at + characterUnits(units[at] as number, at + 1 < length);
    let isKnown = false;
    let node = 0;
    for (let end = at + 1; end <= length; end++) {
      node = trie.child(node, units[end - 1] as number);
      if (node === NO_NODE) break;
      const id = trie.value(node);
      if (id < 0) continue;
      const candidate = (pieceScores[id] as number) + sum;
      if (from[end] === -1 || candidate > (sums[end] as number)) {
        sums[end] = candidate;
        from[end] = at;
        last[end] = id;
      }
      if (end === afterCharacter) isKnown = true;
    }
    if (!isKnown) {
      const candidate = unknownScore + sum;
      if (from[afterCharacter] === -1 || candidate > (sums[afterCharacter] as number)) {
        sums[afterCharacter] = candidate;
        from[afterCharacter] = at;
        last[afterCharacter] = table.unknownId;
      }
    }
    at = afterCharacter;
  }
  const ids: number[] = [];
  const ends: number[] = [];
  for (let end = length; end > 0; end = from[end] as number) {
    ids.push(last[end] as number);
    ends.push(end);
  }
  return { ids: ids.reverse(), ends: ends.reverse() };
}

/** Normalised text has no lone surrogates. */
function characterUnits(unit: number, hasNext: boolean): number {
  return unit >= 0xd800 && unit <= 0xdbff && hasNext ? 2 : 1;
}
