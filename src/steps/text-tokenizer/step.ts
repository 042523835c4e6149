/**
 * A text to the windows of a language model, word by word as NeMo does it. The words travel along,
 * so that the steps after the network need no tokenizer: a window's token that counts for a word
 * names that word, all others are -1.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { type Tensors, tensor } from "../../tensor/tensor.ts";
import {
  firstWindowWith,
  marginFits,
  type TokenWindow,
  windowAt,
  windowsPerToken,
  type WindowSettings,
} from "../../text/language/windows.ts";
import { requiredSpecial } from "../../text/tokenizers/model-input.ts";
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
import { booleanParameter, numberParameter } from "../parameters.ts";
import { defineStep, type StepSetup } from "../step.ts";
import { type TokenizedText, tokenizeWords } from "./tokenize-words.ts";

interface Settings {
  readonly tokenizer: Tokenizer;
  readonly windows: WindowSettings;
  /** Windows of a page. */
  readonly maxWindows: number;
  /** Rows are filled up to a multiple of it, so that requests of like lengths share a batch. */
  readonly lengthMultiple: number;
  /** A word that leaves no token counts as unknown; else it is left out. */
  readonly keepsEmptyWords: boolean;
  readonly lowersWords: boolean;
}

export const textTokenizer = defineStep({
  name: "text-tokenizer",
  doc: "text to windows of token ids, with the words they belong to",
  stateful: false,
  hasBatchAxis: false,
  inputs: [{ name: "PIPELINE_INPUT", dtype: "string", dims: [1] }, CURSOR_INPUT],
  outputs: [
    ...MODEL_ROW_OUTPUTS,
    { name: "TOKEN_WORDS", dtype: "int32", dims: [-1, -1] },
    { name: "WORDS", dtype: "string", dims: [-1] },
    { name: "WORD_SPANS", dtype: "int32", dims: [-1, 2] },
    NEXT_CURSOR_OUTPUT,
  ],
  load: (setup) => {
    const settings = parseSettings(setup);
    // pages of one text follow one another
    let last: TokenizedText | undefined;
    return {
      open: () => undefined,
      run: (inputs) => {
        const text = readText(inputs, "PIPELINE_INPUT");
        if (last?.text !== text) {
          last = tokenizeWords(text, settings.tokenizer, settings.keepsEmptyWords);
        }
        return page(last, readCursor(inputs, last.words.length), settings);
      },
    };
  },
});

function parseSettings(setup: StepSetup): Settings {
  const whole = { min: 1, isWhole: true } as const;
  const windows = {
    maxLength: numberParameter(setup, "max_seq_length", { ...whole, min: 3 }),
    step: numberParameter(setup, "window_step", { ...whole, fallback: Number.MAX_SAFE_INTEGER }),
    margin: numberParameter(setup, "window_margin", { isWhole: true, min: 0, fallback: 0 }),
  };
  const maxWindows = numberParameter(setup, "max_windows", whole);
  if (!marginFits(windows) || maxWindows < windowsPerToken(windows)) {
    throw new ToolError(
      "INVALID_CONFIG",
      `windows of ${windows.maxLength} tokens with margins of ${windows.margin} and steps of ${windows.step}, ${maxWindows} at a time, cannot cover a text`,
      {
        hint: `lower window_margin or raise max_seq_length, and allow at least ${windowsPerToken(windows)} windows (max_batch_size of the network)`,
      },
    );
  }
  const tokenizer = loadTokenizer(setup);
  for (const role of ["cls", "sep"] as const) requiredSpecial(tokenizer.specials, role);
  return {
    tokenizer,
    windows,
    maxWindows,
    lengthMultiple: numberParameter(setup, "length_multiple", { ...whole, fallback: 1 }),
    keepsEmptyWords: booleanParameter(setup, "keep_empty_words", true),
    lowersWords: booleanParameter(setup, "lower_case_words", false),
  };
}

function page(text: TokenizedText, firstWord: number, settings: Settings): Tensors {
  const { windows, endWord } = pageWindows(text, firstWord, settings);
  const words = text.words.slice(firstWord, endWord);
  const texts = words.map(({ start, end }) => text.text.slice(start, end));
  const spans = text.spans.slice(2 * firstWord, 2 * endWord);
  return {
    ...rowsOf(text, windows, { firstWord, endWord }, settings),
    WORDS: tensor("string", settings.lowersWords ? texts.map(lower) : texts),
    WORD_SPANS: tensor("int32", spans, [words.length, 2]),
    NEXT_CURSOR: nextCursor(endWord < text.words.length ? endWord : undefined),
  };
}

const lower = (text: string): string => text.toLowerCase();

interface WordRange {
  readonly firstWord: number;
  readonly endWord: number;
}

/** The windows from the first one that counts for `firstWord`, and the words that are settled with them. */
function pageWindows(
  { ids, firstTokens, words }: TokenizedText,
  firstWord: number,
  { windows: settings, maxWindows }: Settings,
): { windows: TokenWindow[]; endWord: number } {
  const firstToken = firstTokens[firstWord] ?? 0;
  const at = (index: number): TokenWindow | undefined => windowAt(index, ids.length, settings);
  let index = firstWindowWith(firstToken, ids.length, settings);
  const windows: TokenWindow[] = [];
  for (; windows.length < maxWindows; index++) {
    const window = at(index);
    if (window === undefined) return { windows, endWord: words.length };
    windows.push(window);
  }
  const following = at(index);
  if (following === undefined) return { windows, endWord: words.length };
  let endWord = firstWord;
  while ((firstTokens[endWord] ?? Infinity) < following.countFrom) endWord++;
  return { windows, endWord };
}

function rowsOf(
  { ids, tokenWords }: TokenizedText,
  windows: readonly TokenWindow[],
  { firstWord, endWord }: WordRange,
  { tokenizer, lengthMultiple, windows: { maxLength } }: Settings,
): Tensors {
  const { specials } = tokenizer;
  const cls = requiredSpecial(specials, "cls");
  const sep = requiredSpecial(specials, "sep");
  const longest = Math.max(...windows.map(({ start, end }) => end - start + 2));
  const length = Math.min(maxLength, Math.ceil(longest / lengthMultiple) * lengthMultiple);
  const rows = windows.map(({ start, end }) => ({ ids: [cls, ...ids.slice(start, end), sep] }));
  const counted = new Int32Array(windows.length * length).fill(-1);
  windows.forEach(({ start, countFrom, countTo }, row) => {
    for (let token = countFrom; token < countTo; token++) {
      const word = tokenWords[token] as number;
      if (word >= firstWord && word < endWord) {
        counted[row * length + 1 + token - start] = word - firstWord;
      }
    }
  });
  return {
    ...modelRows(rows, length, specials.pad ?? 0),
    TOKEN_WORDS: tensor("int32", counted, [windows.length, length]),
  };
}
