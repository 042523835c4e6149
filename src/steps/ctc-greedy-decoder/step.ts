/**
 * Greedy CTC decoder of a stream: tokens of the utterances that the endpointing found become
 * transcripts with word times and scores. Finals are made of settled timesteps only; the partial
 * transcript of the running utterance also of provisional ones, which leave no trace.
 */
import { collapseCtc, forkCtcGreedy, openCtcGreedy } from "../../decoding/ctc-greedy.ts";
import type { CtcGreedyState, CtcToken } from "../../decoding/ctc-greedy.ts";
import { ctcText, parseCtcVocabulary } from "../../text/ctc-text.ts";
import type { CtcText, CtcVocabulary } from "../../text/ctc-text.ts";
import { MAX_HISTORY_MS } from "../../decoding/endpointing.ts";
import { settledRange } from "../../decoding/window-span.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import type { Tensors } from "../../tensor/tensor.ts";
import { CTC_WINDOW_INPUTS, readCtcWindow } from "../ctc-window.ts";
import { readSegments } from "../ctc-segments.ts";
import {
  hasWords,
  stabilityOf,
  TRANSCRIPT_OUTPUTS,
  transcriptTensors,
} from "../ctc-transcripts.ts";
import type { PartialTranscript } from "../ctc-transcripts.ts";
import { readCustomConfiguration, wantsForcedEnd } from "../custom-configuration.ts";
import { invalidInput, readInput } from "../inputs.ts";
import {
  booleanParameter,
  fileParameter,
  numberParameter,
  textParameter,
  wrong,
} from "../parameters.ts";
import type { StepSetup } from "../step.ts";
import { defineStep } from "../step.ts";

interface Settings {
  readonly vocabulary: CtcVocabulary;
  readonly blank: number;
  readonly msPerTimestep: number;
  /** False: one recording a request, so nothing partial. */
  readonly isStreaming: boolean;
}

interface State {
  readonly ctc: CtcGreedyState;
  /** Timestep of the stream after the last that settled. */
  next: number;
}

export const ctcGreedyDecoder = defineStep<State>({
  name: "ctc-greedy-decoder",
  doc: "most probable CTC tokens to transcripts with word times and scores",
  stateful: true,
  inputs: [
    ...CTC_WINDOW_INPUTS,
    { name: "TOKEN_SCORES", dtype: "float32", dims: [-1] },
    { name: "SEGMENTS_START_END", dtype: "int32", dims: [-1, 2] },
    { name: "CUSTOM_CONFIGURATION", dtype: "string", dims: [-1, 2], optional: true },
  ],
  outputs: TRANSCRIPT_OUTPUTS,
  load: (setup) => {
    const settings = parseSettings(setup);
    return {
      open: () => ({ ctc: openCtcGreedy(settings.blank), next: 0 }),
      run: (inputs, state) => decode(inputs, state, settings),
    };
  },
});

function parseSettings(setup: StepSetup): Settings {
  const type = textParameter(setup, "decoder_type");
  if (type !== "greedy") throw wrong("decoder_type", "greedy", type);
  const text = decodeUtf8(fileParameter(setup, "vocab_file"));
  const vocabulary = parseCtcVocabulary(text, {
    useSubword: booleanParameter(setup, "use_subword", true),
  });
  if (vocabulary.tokens.length === 0)
    throw wrong("vocab_file", "a file with a token a line", "no line");
  return {
    vocabulary,
    blank: vocabulary.tokens.length,
    msPerTimestep: numberParameter(setup, "ms_per_timestep", { min: 1 }),
    isStreaming: booleanParameter(setup, "streaming", true),
  };
}

function decode(inputs: Tensors, state: State, settings: Settings): Tensors {
  const { blank } = settings;
  const window = readCtcWindow(inputs, blank);
  const scores = readInput(inputs, "TOKEN_SCORES", "float32");
  if (scores.length < window.length) {
    throw invalidInput("TOKEN_SCORES", `expected at least ${window.length}, got ${scores.length}`);
  }
  const segments = readSegments(inputs);
  const settleAll = wantsForcedEnd(readCustomConfiguration(inputs));
  const { from, to } = settledRange(window, { length: window.length, next: state.next, settleAll });
  const frames = { offset: window.offset, tokens: window.tokens, scores };
  collapseCtc(state.ctc, frames, { from, to, blank });
  state.next = Math.max(state.next, window.offset + to);

  const finals = segments
    .filter(({ end }) => end >= 0)
    .map(({ start, end }) => textOf(takeUtterance(state.ctc, start, end), settings));
  const ahead = forkCtcGreedy(state.ctc);
  collapseCtc(ahead, frames, { from: to, to: window.length, blank });
  const partials = segments
    .filter(({ end }) => end < 0)
    .map(({ start, end }) =>
      partialOf(
        ahead.tokens.filter((token) => token.end > start),
        end,
        settings,
      ),
    );
  if (partials.length === 0) forgetOld(state, settings);
  return transcriptTensors({
    finals: finals.filter(hasWords).map((text) => [text]),
    partials: settings.isStreaming ? partials.filter(hasWords) : [],
    msPerTimestep: settings.msPerTimestep,
  });
}

/** The tokens that reach into the utterance; they and all before it leave the state. */
function takeUtterance(ctc: CtcGreedyState, start: number, end: number): CtcToken[] {
  const before = ctc.tokens.filter((token) => token.start < end);
  ctc.tokens = ctc.tokens.filter((token) => token.start >= end);
  return before.filter((token) => token.end > start);
}

/** While nobody speaks, only tokens that a later start may still reach are worth keeping. */
function forgetOld(state: State, { msPerTimestep }: Settings): void {
  const oldest = state.next - Math.ceil(MAX_HISTORY_MS / msPerTimestep);
  if ((state.ctc.tokens[0]?.end ?? Infinity) > oldest) return;
  state.ctc.tokens = state.ctc.tokens.filter((token) => token.end > oldest);
}

const textOf = (tokens: readonly CtcToken[], settings: Settings): CtcText =>
  ctcText(tokens, settings.vocabulary);

function partialOf(
  tokens: readonly CtcToken[],
  end: number,
  settings: Settings,
): PartialTranscript {
  return { ...textOf(tokens, settings), stability: stabilityOf(end) };
}
