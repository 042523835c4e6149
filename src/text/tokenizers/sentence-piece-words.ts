/** SentencePiece's two models without search: a piece is a word, or a character. */
import type { Cut, Cutter } from "./sentence-piece-cut.ts";
import { SPACE_MARK } from "./sentence-piece-normalizer.ts";
import type { PieceTable } from "./sentence-piece-pieces.ts";

/** Cuts before every `▁`, also in a model that puts spaces behind words: as the original. */
export function wordCutter(table: PieceTable): Cutter {
  return (text) => {
    const whole = text.text();
    const ends: number[] = [];
    for (let at = 1; at < whole.length; at++) {
      if (whole.startsWith(SPACE_MARK, at)) ends.push(at);
    }
    if (whole !== "") ends.push(whole.length);
    return lookUp(whole, ends, table);
  };
}

/** Cuts after every character; a user-defined piece counts as one. */
export function characterCutter(table: PieceTable): Cutter {
  return (text) => {
    const whole = text.text();
    const ends: number[] = [];
    for (let at = 0; at < whole.length;) {
      const characterUnits = (whole.codePointAt(at) as number) > 0xffff ? 2 : 1;
      at += table.userDefined.longestAt(whole, at) || characterUnits;
      ends.push(at);
    }
    return lookUp(whole, ends, table);
  };
}

function lookUp(text: string, ends: readonly number[], table: PieceTable): Cut {
  const ids = ends.map((end, i) => table.idOf(text.slice(ends[i - 1] ?? 0, end)));
  return { ids: ids.map((id) => id ?? table.unknownId), ends };
}
