/**
 * A KenLM binary as a language model, in place: nothing is copied or built, each word looked up
 * reads some dozens of bytes. File: header, vocabulary, n-grams, the words (each ended by a 0).
 */
import { encodeUtf8, decodeUtf8 } from "../text/utf8.ts";
import { Hash64, murmurHash } from "./hash64.ts";
import { damaged, parseKenlmHeader, type KenlmHeader } from "./kenlm-header.ts";
import { UNKNOWN_WORD, type LanguageModel, type LanguageModelState } from "./language-model.ts";
import { scoreWord, SearchCursor, wordProbability, type NgramSearch } from "./ngram-search.ts";
import { planProbing, probingSearch } from "./probing-search.ts";
import { planTrie, trieSearch } from "./trie-search.ts";
import { probingVocabulary, sortedVocabulary, type Vocabulary } from "./vocabulary.ts";

/**
 * @param bytes the whole file; it is read as long as the model is used
 * @throws ToolError INVALID_FILE for a damaged file, UNSUPPORTED for another version
 */
export function openKenlm(bytes: Uint8Array): LanguageModel {
  const header = parseKenlmHeader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { vocabulary, search, end } = openParts(view, header);
  const unknownSpellings = new Set(["<unk>", "<UNK>"]);
  const hash = new Hash64();
  const wordId = (word: string): number => {
    if (unknownSpellings.has(word)) return UNKNOWN_WORD;
    const utf8 = encodeUtf8(word);
    murmurHash(hash, utf8, 0, utf8.length);
    return vocabulary.find(hash);
  };
  const endId = wordId("</s>");
  const start = singleWordState(search, wordId("<s>"));
  let words: readonly string[] | undefined;
  return {
    order: search.order,
    startState: () => start,
    emptyState: () => EMPTY_STATE,
    score: (state, word) => scoreWord(search, state, word < vocabulary.bound ? word : 0),
    logProbability: (state, word) =>
      wordProbability(search, state, word < vocabulary.bound ? word : 0),
    scoreEnd: (state) => wordProbability(search, state, endId),
    wordId,
    isUnknown: (word) => word <= UNKNOWN_WORD || word >= vocabulary.bound,
    words: () => {
      if (!header.hasVocabulary) return undefined;
      words ??= readWords(bytes.subarray(end), vocabulary.bound);
      return words;
    },
  };
}

const EMPTY_STATE: LanguageModelState = { words: [], backoffs: [] };

interface Parts {
  readonly vocabulary: Vocabulary;
  readonly search: NgramSearch;
  /** Where the words begin. */
  readonly end: number;
}

function openParts(view: DataView, header: KenlmHeader): Parts {
  const [wordCount = 0] = header.counts;
  const at = header.sizeBytes;
  if (header.kind === "probing") {
    const { vocabulary, sizeBytes } = probingVocabulary(view, at, header);
    const plan = planProbing(at + sizeBytes, header.counts, header.probingMultiplier);
    checkSize(view, plan.end);
    return { vocabulary, search: probingSearch(view, plan), end: plan.end };
  }
  const vocabularyBytes = 8 + 8 * wordCount;
  checkSize(view, at + vocabularyBytes);
  const vocabulary = sortedVocabulary(view, at, wordCount);
  const plan = planTrie(view, at + vocabularyBytes, header);
  checkSize(view, plan.end);
  return { vocabulary, search: trieSearch(view, plan), end: plan.end };
}

function checkSize(view: DataView, needed: number): void {
  if (needed <= view.byteLength) return;
  throw damaged(
    `the header needs ${needed} bytes, the file has ${view.byteLength}: it is cut short`,
  );
}

/** After `<s>` the state holds it whether or not any n-gram begins with it, as in KenLM. */
function singleWordState(search: NgramSearch, wordId: number): LanguageModelState {
  const cursor = new SearchCursor();
  search.unigram(cursor, wordId);
  return { words: [wordId], backoffs: [cursor.backoff] };
}

function readWords(bytes: Uint8Array, count: number): string[] {
  const words: string[] = [];
  let start = 0;
  while (words.length < count) {
    const end = bytes.indexOf(0, start);
    if (end < 0) throw damaged(`the file ends after ${words.length} of its ${count} words`);
    words.push(decodeUtf8(bytes.subarray(start, end)));
    start = end + 1;
  }
  return words;
}
