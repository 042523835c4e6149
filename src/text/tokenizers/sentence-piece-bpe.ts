/**
 * SentencePiece's byte-pair model: neighbours are merged as long as the two together are a piece,
 * the highest score first.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { NormalizedText } from "./normalized-text.ts";
import { mergePairs, MergeRules } from "./pair-merge.ts";
import type { Cut, Cutter } from "./sentence-piece-cut.ts";
import { SPACE_MARK } from "./sentence-piece-normalizer.ts";
import type { PieceTable } from "./sentence-piece-pieces.ts";
import { WordCache } from "./word-cache.ts";

/** A symbol without rules: an unknown character, or a user-defined piece. */
const NO_SYMBOL = -1;

/** @throws ToolError UNSUPPORTED if some pieces are marked as unused. */
export function bpeCutter(table: PieceTable): Cutter {
  if (table.kinds.includes("unused")) {
    throw new ToolError("UNSUPPORTED", "a byte-pair model with unused pieces", {
      hint: "save the SentencePiece model without a restricted vocabulary",
    });
  }
  const { rules, symbols } = makeRules(table);
  const words = new WordCache((word) => cutWord(word, table, rules, symbols));
  // what no piece crosses no merge crosses: words can be cut one by one
  const isSplittable = ![...table.findable.keys()].some((text) => /[^▁]▁/u.test(text));
  return (text) => {
    const ids: number[] = [];
    const ends: number[] = [];
    for (let at = 0; at < text.length;) {
      const wordEnd = isSplittable ? endOfWord(text, at) : text.length;
      const cut = words.get(text.text(at, wordEnd));
      for (let i = 0; i < cut.ids.length; i++) {
        ids.push(cut.ids[i] as number);
        ends.push(at + (cut.ends[i] as number));
      }
      at = wordEnd;
    }
    return { ids, ends };
  };
}

const SPACE_MARK_UNIT = SPACE_MARK.charCodeAt(0);

function endOfWord({ units, length }: NormalizedText, start: number): number {
  let at = start;
  while (at < length && units[at] === SPACE_MARK_UNIT) at++;
  while (at < length && units[at] !== SPACE_MARK_UNIT) at++;
  return at;
}

interface RulesAndSymbols {
  readonly rules: MergeRules;
  /** Pieces by id, and characters that occur only inside pieces. */
  readonly symbols: ReadonlyMap<string, number>;
}

function makeRules(table: PieceTable): RulesAndSymbols {
  const symbols = new Map(table.findable);
  for (const text of table.findable.keys()) {
    for (const character of text) {
      if (!symbols.has(character)) symbols.set(character, table.texts.length + symbols.size);
    }
  }
  const rules = new MergeRules();
  for (const [text, id] of table.findable) {
    const rule = { result: id, priority: -(table.scores[id] as number) };
    for (let middle = 1; middle < text.length; middle++) {
      const left = symbols.get(text.slice(0, middle));
      const right = left === undefined ? undefined : symbols.get(text.slice(middle));
      if (left !== undefined && right !== undefined) rules.add(left, right, rule);
    }
  }
  return { rules, symbols };
}

function cutWord(
  word: string,
  table: PieceTable,
  rules: MergeRules,
  symbols: ReadonlyMap<string, number>,
): Cut {
  const parts: number[] = [];
  const partStarts: number[] = [];
  for (let at = 0; at < word.length;) {
    const userDefinedUnits = table.userDefined.longestAt(word, at);
    const character = String.fromCodePoint(word.codePointAt(at) as number);
    partStarts.push(at);
    parts.push(userDefinedUnits > 0 ? NO_SYMBOL : (symbols.get(character) ?? NO_SYMBOL));
    at += userDefinedUnits || character.length;
  }
  const first = mergePairs(parts, rules);
  const starts = first.map((part) => partStarts[part] as number);
  const ends = starts.map((_, i) => starts[i + 1] ?? word.length);
  const ids = starts.map((start, i) => table.idOf(word.slice(start, ends[i])) ?? table.unknownId);
  return { ids, ends };
}
