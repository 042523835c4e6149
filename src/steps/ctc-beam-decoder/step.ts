/**
 * Beam search decoder of a stream: the most probable tokens of the utterances that the endpointing
 * found become transcripts, with a lexicon and a language model if there are any, alternatives,
 * and the boosted words of the request. Same outputs as the greedy decoder.
 */
import type { BeamHypothesis } from "../../decoding/beam/beam-decoder.ts";
import type { TopFrames } from "../../decoding/beam/frames.ts";
import { MAX_HISTORY_MS } from "../../decoding/endpointing.ts";
import { settledRange, type SettledRange } from "../../decoding/window-span.ts";
import type { Tensors } from "../../tensor/tensor.ts";
import { ctcText, parseCtcVocabulary } from "../../text/ctc-text.ts";
import type { CtcText, CtcVocabulary } from "../../text/ctc-text.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import { readSegments } from "../ctc-segments.ts";
import {
  hasWords,
  stabilityOf,
  TRANSCRIPT_OUTPUTS,
  transcriptTensors,
} from "../ctc-transcripts.ts";
import { CTC_WINDOW_INPUTS, readCtcWindow, type CtcWindow } from "../ctc-window.ts";
import { readCustomConfiguration, wantsForcedEnd } from "../custom-configuration.ts";
import { invalidInput, readInput } from "../inputs.ts";
import { booleanParameter, fileParameter, numberParameter, wrong } from "../parameters.ts";
import { defineStep, type StepSetup } from "../step.ts";
import { parseWordBoosts, WORD_BOOSTS } from "./boosts.ts";
import { loadSearch } from "./search.ts";
import { openUtterances, UtteranceDecoder, type UtteranceState } from "./utterances.ts";

type State = UtteranceState<unknown>;

interface Settings {
  readonly vocabulary: CtcVocabulary;
  readonly blank: number;
  readonly msPerTimestep: number;
  readonly historySteps: number;
  /** Most transcripts of an utterance. */
  readonly alternatives: number;
  /** False: one recording a request, so nothing partial. */
  readonly isStreaming: boolean;
}

/** Equal texts of different hypotheses are one alternative; so many more are asked for. */
const SPARE_ALTERNATIVES = 4;
const MOST_ALTERNATIVES = 1000;

export const ctcBeamDecoder = defineStep<State>({
  name: "ctc-beam-decoder",
  doc: "beam search over the most probable CTC tokens, with lexicon, language model and boosted words",
  stateful: true,
  inputs: [
    ...CTC_WINDOW_INPUTS,
    { name: "TOP_TOKENS", dtype: "int32", dims: [-1, -1] },
    { name: "TOP_SCORES", dtype: "float32", dims: [-1, -1] },
    { name: "BLANK_SCORES", dtype: "float32", dims: [-1] },
    { name: "SEGMENTS_START_END", dtype: "int32", dims: [-1, 2] },
    { name: "CUSTOM_CONFIGURATION", dtype: "string", dims: [-1, 2], optional: true },
  ],
  outputs: TRANSCRIPT_OUTPUTS,
  load: (setup) => {
    const settings = parseSettings(setup);
    const { blank, historySteps, alternatives } = settings;
    const decoder = new UtteranceDecoder(loadSearch(setup, settings.vocabulary), {
      blank,
      historySteps,
      alternatives: alternatives === 1 ? 1 : alternatives * SPARE_ALTERNATIVES,
    });
    return {
      open: () => openUtterances(),
      run: (inputs, state) => decode(inputs, state, settings, decoder),
    };
  },
});

function parseSettings(setup: StepSetup): Settings {
  const vocabulary = parseCtcVocabulary(decodeUtf8(fileParameter(setup, "vocab_file")), {
    useSubword: booleanParameter(setup, "use_subword", true),
  });
  if (vocabulary.tokens.length === 0)
    throw wrong("vocab_file", "a file with a token a line", "no line");
  const msPerTimestep = numberParameter(setup, "ms_per_timestep", { min: 1 });
  return {
    vocabulary,
    blank: vocabulary.tokens.length,
    msPerTimestep,
    historySteps: Math.ceil(MAX_HISTORY_MS / msPerTimestep),
    alternatives: numberParameter(setup, "max_supported_transcripts", {
      fallback: 1,
      min: 1,
      max: MOST_ALTERNATIVES,
      isWhole: true,
    }),
    isStreaming: booleanParameter(setup, "streaming", true),
  };
}

function decode(
  inputs: Tensors,
  state: State,
  settings: Settings,
  decoder: UtteranceDecoder<unknown>,
): Tensors {
  const window = readCtcWindow(inputs, settings.blank);
  const frames = readTopFrames(inputs, window.length, settings.blank);
  const segments = readSegments(inputs);
  const configuration = readCustomConfiguration(inputs);
  const boosts = configuration.get(WORD_BOOSTS);
  if (boosts !== undefined) state.boost = parseWordBoosts(boosts);
  const settleAll = wantsForcedEnd(configuration);
  const range = settledRange(window, { length: window.length, next: state.next, settleAll });
  settle(state, frames, window, range, settings);

  const finals = segments
    .filter(({ end }) => end >= 0)
    .map(({ start, end }) => alternativesOf(decoder.finish(state, start, end), settings));
  const running = segments.filter(({ end }) => end < 0);
  if (running.length === 0) state.running = undefined;
  const provisional = { frames, offset: window.offset, from: range.to, to: window.length };
  const partials = running.map(({ start, end }) => ({
    ...textOf(decoder.preview(state, start, provisional), settings),
    stability: stabilityOf(end),
  }));
  decoder.forget(state);
  return transcriptTensors({
    finals: finals.filter((alternatives) => alternatives.length > 0),
    partials: settings.isStreaming ? partials.filter(hasWords) : [],
    msPerTimestep: settings.msPerTimestep,
  });
}

/** Takes the timesteps that settle into the stream's memory. */
function settle(
  state: State,
  frames: TopFrames,
  { offset }: CtcWindow,
  { from, to }: SettledRange,
  { blank, historySteps }: Settings,
): void {
  const gap = offset + from - state.next;
  if (gap > historySteps) {
    throw invalidInput(
      "FRAME_SPAN",
      `the window starts ${gap} timesteps after the one before it ended`,
    );
  }
  if (gap > 0) state.buffer.appendBlanks(state.next, gap, blank);
  state.buffer.append(offset + from, frames, from, to);
  state.next = Math.max(state.next, offset + to);
}

function readTopFrames(inputs: Tensors, length: number, blank: number): TopFrames {
  const tokens = readInput(inputs, "TOP_TOKENS", "int32");
  const scores = readInput(inputs, "TOP_SCORES", "float32");
  const blankScores = readInput(inputs, "BLANK_SCORES", "float32");
  const [, rows = 0, width = 0] = inputs["TOP_TOKENS"]?.shape ?? [];
  if (rows < length || tokens.length !== rows * width || (length > 0 && width === 0)) {
    throw invalidInput("TOP_TOKENS", `expected [1, ${length}, tokens], got [1, ${rows}, ${width}]`);
  }
  if (scores.length !== tokens.length) {
    throw invalidInput("TOP_SCORES", `expected ${tokens.length} numbers, got ${scores.length}`);
  }
  if (blankScores.length < length) {
    throw invalidInput("BLANK_SCORES", `expected at least ${length}, got ${blankScores.length}`);
  }
  const unknown = tokens.subarray(0, length * width).find((id) => id < 0 || id > blank);
  if (unknown !== undefined)
    throw invalidInput("TOP_TOKENS", `expected ids from 0 to ${blank}, got ${unknown}`);
  return { width, tokens, scores, blankScores };
}

/** Different texts, best first; none for an utterance without words. */
function alternativesOf(found: readonly BeamHypothesis[], settings: Settings): CtcText[] {
  const texts = new Map<string, CtcText>();
  for (const hypothesis of found) {
    const text = textOf(hypothesis, settings);
    const spoken = text.words.map((word) => word.text).join(" ");
    if (!texts.has(spoken)) texts.set(spoken, text);
  }
  const [best] = texts.values();
  if (best === undefined || !hasWords(best)) return [];
  return [...texts.values()].filter(hasWords).slice(0, settings.alternatives);
}

function textOf({ words, tokens }: BeamHypothesis, { vocabulary }: Settings): CtcText {
  if (tokens.length > 0) return ctcText(tokens, vocabulary);
  const timesteps = words.reduce((sum, { start, end }) => sum + end - start, 0);
  const sum = words.reduce((total, { start, end, score }) => total + (end - start) * score, 0);
  const text = words.map((word) => word.text).join(" ");
  return { text, words, score: timesteps === 0 ? 0 : sum / timesteps };
}
