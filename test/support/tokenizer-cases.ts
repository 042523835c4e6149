/** The recorded cases in test/fixtures/tokenizers, with offsets in UTF-16 units. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "./paths.ts";

export const tokenizerFixtures = path.join(projectRoot, "test/fixtures/tokenizers");

export interface TokenizerCase {
  readonly text: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  /** Undefined where the reference with offsets tokenizes otherwise. */
  readonly offsets: readonly (readonly [start: number, end: number])[] | undefined;
  readonly withSpecials: readonly number[] | undefined;
  readonly decoded: string | undefined;
}

interface Row {
  readonly text: string;
  readonly ids: number[];
  readonly tokens: string[];
  readonly offsets: [number, number][];
  readonly slow_ids?: number[];
  readonly slow_tokens?: string[];
  readonly with_special?: number[];
  readonly decoded?: string;
  readonly nemo_text?: string;
}

/** Where a row has results of the slow tokenizer, which NeMo uses, these count. */
export function readTokenizerCases(name: string): TokenizerCase[] {
  return readFileSync(path.join(tokenizerFixtures, name, "cases.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => fromRow(JSON.parse(line) as Row));
}

function fromRow(row: Row): TokenizerCase {
  const units = unitPositions(row.text);
  const isSlow = row.slow_ids !== undefined;
  const sameCount = !isSlow || row.slow_ids.length === row.ids.length;
  return {
    text: row.text,
    ids: row.slow_ids ?? row.ids,
    tokens: row.slow_tokens ?? row.tokens,
    offsets: sameCount
      ? row.offsets.map(([start, end]) => [units[start] as number, units[end] as number])
      : undefined,
    withSpecials: isSlow ? undefined : row.with_special,
    decoded: row.decoded ?? row.nemo_text,
  };
}

/** Position in UTF-16 units of each code point, and of the end. */
function unitPositions(text: string): number[] {
  const positions = [0];
  for (const character of text) positions.push((positions.at(-1) as number) + character.length);
  return positions;
}

/** What no tokenizer may choke on. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  "lone high surrogate": "a\ud800b",
  "lone low surrogate": "\udc00",
  "surrogates the wrong way round": "x\udc00\ud800 y",
  "high surrogate at the end": "word \ud83d",
  NUL: "a\0b \0\0 c",
  "joined emoji": "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u{1f44d}\u{1f3fd}",
  "right to left": "\u202eשָׁלוֹם \u200fمرحبا\u202c",
  "private use and noncharacters": "\ue000\ufffe\u{10ffff}\ufdd0",
  "byte order marks": "\ufeff\ufffe\ufeff",
  __proto__: "__proto__ constructor toString",
};

/** 100 kB each, to be done in less than a second. */
export const LONG_TEXTS: Readonly<Record<string, string>> = {
  "one letter": "x".repeat(100_000),
  "a word without end": "internationalisation".repeat(5000),
  "marks on one letter": "e" + "\u0301".repeat(100_000),
  "nothing but spaces": " ".repeat(100_000),
  "nothing but punctuation": "!?".repeat(50_000),
  emoji: "\u{1f600}".repeat(50_000),
  ideographs: "\u4e00\u754c".repeat(50_000),
  "lone surrogates": "\ud800".repeat(100_000),
  "special token look-alikes": "[SEP<s".repeat(16_000),
};
