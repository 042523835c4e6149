/**
 * How fast are our tokenizers? Tokens a second on the project's own documents, line by line,
 * against @huggingface/tokenizers (JavaScript, no offsets) with the same vocabulary, in turn.
 * Aims: WordPiece at least as fast, the others near it. `fresh` is one pass of a new tokenizer,
 * whose word caches are empty.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readSentencePiece } from "../src/formats/sentencepiece/read.ts";
import { createByteLevelBpe } from "../src/text/tokenizers/byte-level-bpe.ts";
import { parseMerges } from "../src/text/tokenizers/byte-level-merges.ts";
import { createSentencePiece } from "../src/text/tokenizers/sentence-piece.ts";
import type { Tokenizer } from "../src/text/tokenizers/tokenizer.ts";
import { parseVocabularyJson, parseVocabularyLines } from "../src/text/tokenizers/vocabulary.ts";
import { createWordPiece } from "../src/text/tokenizers/wordpiece.ts";
import { projectRoot } from "../test/support/paths.ts";
import { tokenizerFixtures } from "../test/support/tokenizer-cases.ts";
import { median, printTable } from "./support/measure.ts";
import * as peer from "./support/peer-tokenizers.ts";

const ROUNDS = 7;
/** Each timing lasts at least this long. */
const ROUND_MS = 300;

interface Contest {
  readonly name: string;
  readonly make: () => Tokenizer;
  readonly makePeer?: () => peer.PeerTokenizer;
}

function fixture(name: string): string {
  return readFileSync(path.join(tokenizerFixtures, name), "utf8");
}

function sentencePiece(name: string): ReturnType<typeof readSentencePiece> {
  return readSentencePiece(readFileSync(path.join(tokenizerFixtures, name, "tokenizer.model")));
}

const vocabulary = parseVocabularyLines(fixture("wordpiece-uncased/vocab.txt"));
const bytePairs = {
  vocabulary: parseVocabularyJson(fixture("byte-level-bpe/vocab.json")),
  merges: parseMerges(fixture("byte-level-bpe/merges.txt")),
};
const unigram = sentencePiece("sentencepiece-unigram");

const CONTESTS: readonly Contest[] = [
  {
    name: "WordPiece, uncased",
    make: () => createWordPiece({ vocabulary, lowerCase: true }),
    makePeer: () => peer.wordPiece(vocabulary),
  },
  {
    name: "byte-level BPE",
    make: () => createByteLevelBpe(bytePairs),
    makePeer: () => peer.byteLevelBpe(bytePairs),
  },
  {
    name: "SentencePiece unigram",
    make: () => createSentencePiece(unigram),
    makePeer: () => peer.unigram(unigram),
  },
  {
    name: "SentencePiece BPE",
    make: () => createSentencePiece(sentencePiece("sentencepiece-bpe")),
  },
];

function readLines(): string[] {
  const documents = readdirSync(path.join(projectRoot, "docs"), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.join("docs", file));
  return [...documents, "LICENSE"]
    .flatMap((file) => readFileSync(path.join(projectRoot, file), "utf8").split("\n"))
    .filter((line) => line.trim() !== "");
}

type Encode = (text: string) => { readonly ids: readonly number[] };

function tokensPerSecond(encode: Encode, lines: readonly string[], minimumMs: number): number {
  let tokens = 0;
  const started = performance.now();
  let elapsed: number;
  do {
    for (const line of lines) tokens += encode(line).ids.length;
    elapsed = performance.now() - started;
  } while (elapsed < minimumMs);
  return (1000 * tokens) / elapsed;
}

function freshTokensPerSecond(tokenizer: Tokenizer, lines: readonly string[]): number {
  return tokensPerSecond((text) => tokenizer.encode(text), lines, 0);
}

const lines = readLines();
console.log(
  `${lines.length} lines, ${lines.reduce((sum, { length }) => sum + length, 0)} characters`,
);
const rows = CONTESTS.map(({ name, make, makePeer }) => {
  const ours = make();
  const theirs = makePeer?.();
  const pairs = Array.from({ length: ROUNDS }, () => ({
    ours: tokensPerSecond((text) => ours.encode(text), lines, ROUND_MS),
    theirs: theirs && tokensPerSecond(theirs.encode, lines, ROUND_MS),
    fresh: freshTokensPerSecond(make(), lines),
  }));
  const ratios = pairs.map((pair) => pair.ours / (pair.theirs ?? Number.NaN));
  return [
    name,
    median(pairs.map((pair) => pair.fresh)) / 1000,
    median(pairs.map((pair) => pair.ours)) / 1000,
    theirs ? median(pairs.map((pair) => pair.theirs ?? 0)) / 1000 : "-",
    theirs ? median(ratios) : "-",
  ];
});
printTable(["", "fresh ktok/s", "ours ktok/s", "peer ktok/s", "ratio"], rows);
