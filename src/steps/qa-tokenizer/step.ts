/**
 * A question and a passage to the windows of a question answering model, as NeMo builds them:
 * `[CLS] question [SEP] part of the passage [SEP]`, always filled up to the same length, because
 * the network's opinion of the filling counts among the best. The passage's tokens and words
 * travel along for the step that puts the answer together.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { type Tensors, tensor } from "../../tensor/tensor.ts";
import { bestSpan, type DocumentSpan, documentSpans } from "../../text/language/document-spans.ts";
import { contextWords } from "../../text/language/words.ts";
import { requiredSpecial, withSpecials } from "../../text/tokenizers/model-input.ts";
import type { Tokenizer } from "../../text/tokenizers/tokenizer.ts";
import { MODEL_ROW_OUTPUTS, modelRows } from "../language/model-rows.ts";
import {
  CURSOR_INPUT,
  NEXT_CURSOR_OUTPUT,
  nextCursor,
  readCursor,
  readText,
} from "../language/pages.ts";
import { loadTokenizer } from "../language/tokenizer.ts";
import { numberParameter, wrong } from "../parameters.ts";
import { defineStep, type StepSetup } from "../step.ts";
import { QA_WINDOW_TENSORS } from "../qa-postprocessor/windows.ts";

interface Settings {
  readonly tokenizer: Tokenizer;
  readonly maxLength: number;
  readonly maxQuestionTokens: number;
  readonly stride: number;
  /** Windows of a page. */
  readonly maxWindows: number;
}

/** A passage as tokens that know their words. */
interface Passage {
  readonly text: string;
  readonly words: readonly string[];
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  /** Of each token. */
  readonly tokenWords: readonly number[];
}

export const qaTokenizer = defineStep({
  name: "qa-tokenizer",
  doc: "question and passage to windows of token ids",
  stateful: false,
  hasBatchAxis: false,
  inputs: [
    { name: "QUERY", dtype: "string", dims: [1] },
    { name: "CONTEXT", dtype: "string", dims: [1] },
    CURSOR_INPUT,
  ],
  outputs: [...MODEL_ROW_OUTPUTS, ...QA_WINDOW_TENSORS, NEXT_CURSOR_OUTPUT],
  load: (setup) => {
    const settings = parseSettings(setup);
    // pages of one passage follow one another, and so do questions about it
    let last: Passage | undefined;
    return {
      open: () => undefined,
      run: (inputs) => {
        const question = tokenizeQuestion(readText(inputs, "QUERY"), settings);
        const text = readText(inputs, "CONTEXT");
        if (last?.text !== text) last = tokenizePassage(text, settings.tokenizer);
        const room = settings.maxLength - question.length - 3;
        const spans = documentSpans(last.ids.length, room, settings.stride);
        return page(question, last, spans, readCursor(inputs, spans.length), settings);
      },
    };
  },
});

function parseSettings(setup: StepSetup): Settings {
  const whole = { min: 1, isWhole: true } as const;
  const maxLength = numberParameter(setup, "max_seq_length", whole);
  const maxQuestionTokens = numberParameter(setup, "max_query_length", whole);
  if (maxQuestionTokens > maxLength - 4) {
    throw wrong(
      "max_query_length",
      `at most ${maxLength - 4}, so that max_seq_length has room for the passage`,
      maxQuestionTokens,
    );
  }
  const tokenizer = loadTokenizer(setup);
  for (const role of ["cls", "sep"] as const) requiredSpecial(tokenizer.specials, role);
  return {
    tokenizer,
    maxLength,
    maxQuestionTokens,
    stride: numberParameter(setup, "doc_stride", whole),
    maxWindows: numberParameter(setup, "max_windows", whole),
  };
}

function tokenizeQuestion(text: string, { tokenizer, maxQuestionTokens }: Settings): number[] {
  const { ids } = tokenizer.encode(text);
  if (ids.length <= maxQuestionTokens) return [...ids];
  throw new ToolError(
    "INVALID_REQUEST",
    `the question has ${ids.length} tokens, the model takes ${maxQuestionTokens}`,
    { at: "input QUERY", hint: "ask a shorter question, or build with a larger max_query_length" },
  );
}

function tokenizePassage(text: string, tokenizer: Tokenizer): Passage {
  const words = contextWords(text);
  const ids: number[] = [];
  const tokens: string[] = [];
  const tokenWords: number[] = [];
  words.forEach((word, i) => {
    const encoded = tokenizer.encode(word);
    encoded.ids.forEach((id, j) => {
      ids.push(id);
      tokens.push(encoded.tokens[j] as string);
      tokenWords.push(i);
    });
  });
  return { text, words, ids, tokens, tokenWords };
}

function page(
  question: readonly number[],
  passage: Passage,
  allSpans: readonly DocumentSpan[],
  first: number,
  settings: Settings,
): Tensors {
  const { tokenizer, maxLength, maxWindows } = settings;
  const end = first + maxWindows;
  const spans = allSpans.slice(first, end);
  const rows = spans.length === 0 ? [{ start: 0, length: 0 }] : spans;
  const inputs = rows.map(({ start, length }) => {
    const part = passage.ids.slice(start, start + length);
    const { ids, tokenTypes } = withSpecials(tokenizer.specials, question, part);
    return { ids, types: tokenTypes };
  });
  const isBest = (token: number, row: number): boolean => bestSpan(allSpans, token) === first + row;
  return {
    ...modelRows(inputs, maxLength, tokenizer.specials.pad ?? 0),
    ...windowTensors(passage, rows, { place: question.length + 2, maxLength, isBest }),
    NEXT_CURSOR: nextCursor(end < allSpans.length ? end : undefined),
  };
}

interface RowLayout {
  /** Where the passage starts in a row. */
  readonly place: number;
  readonly maxLength: number;
  /** Has this token its best context in this row? */
  isBest(token: number, row: number): boolean;
}

/** Numbers of tokens and words are counted from the first one of the page. */
function windowTensors(
  { tokens, words, tokenWords }: Passage,
  spans: readonly DocumentSpan[],
  { place, maxLength, isBest }: RowLayout,
): Tensors {
  const shape = [spans.length, maxLength];
  const rowWords = new Int32Array(spans.length * maxLength).fill(-1);
  const mayStart = new Uint8Array(spans.length * maxLength);
  const firstToken = spans[0]?.start ?? 0;
  const last = spans.at(-1);
  const endToken = last === undefined ? 0 : last.start + last.length;
  const firstWord = tokenWords[firstToken] ?? 0;
  const endWord = (tokenWords[endToken - 1] ?? -1) + 1;
  spans.forEach(({ start, length }, row) => {
    for (let i = 0; i < length; i++) {
      const at = row * maxLength + place + i;
      rowWords[at] = (tokenWords[start + i] as number) - firstWord;
      mayStart[at] = Number(isBest(start + i, row));
    }
  });
  const windows = Int32Array.from(spans.flatMap(({ start }) => [start - firstToken, place]));
  return {
    TOKEN_WORDS: tensor("int32", rowWords, shape),
    MAY_START: tensor("bool", mayStart, shape),
    WINDOW_TOKENS: tensor("int32", windows, [spans.length, 2]),
    CONTEXT_TOKENS: tensor("string", tokens.slice(firstToken, endToken)),
    CONTEXT_WORDS: tensor("string", words.slice(firstWord, endWord)),
  };
}
