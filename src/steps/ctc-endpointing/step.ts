/**
 * Finds the utterances of a stream from the greedy CTC output: rows `[start, end)` for those that
 * ended, `[start, -1]` for the running one, `[start, -2]` if its end was noticed early. The
 * provisional timesteps of a window only serve the row of the running utterance.
 */
import {
  closeUtterance,
  endpointingWindows,
  forkEndpointing,
  MAX_HISTORY_MS,
  openEndpointing,
  pushTimestep,
  seemsEnded,
} from "../../decoding/endpointing.ts";
import type {
  EndpointingSettings,
  EndpointingState,
  EndpointingWindows,
} from "../../decoding/endpointing.ts";
import { settledRange } from "../../decoding/window-span.ts";
import type { SettledRange } from "../../decoding/window-span.ts";
import { tensor } from "../../tensor/tensor.ts";
import type { Tensors } from "../../tensor/tensor.ts";
import { CTC_WINDOW_INPUTS, readCtcWindow } from "../ctc-window.ts";
import type { CtcWindow } from "../ctc-window.ts";
import {
  overrideEndpointing,
  readCustomConfiguration,
  wantsForcedEnd,
} from "../custom-configuration.ts";
import { invalidInput } from "../inputs.ts";
import { booleanParameter, numberParameter } from "../parameters.ts";
import type { SequenceFlags, StepSetup } from "../step.ts";
import { defineStep } from "../step.ts";

interface Settings {
  readonly endpointing: EndpointingSettings;
  readonly msPerTimestep: number;
  readonly blank: number;
  /** Timesteps that are taken for blanks at the start and at the end of the stream. */
  readonly ignoredAtStart: number;
  readonly ignoredAtEnd: number;
  /** False: the whole recording is one utterance. */
  readonly isStreaming: boolean;
}

interface State {
  readonly found: EndpointingState;
  settings: EndpointingSettings;
}

export const ctcEndpointing = defineStep<State>({
  name: "ctc-endpointing",
  doc: "start and end of utterances from the most probable CTC tokens",
  stateful: true,
  inputs: [
    ...CTC_WINDOW_INPUTS,
    { name: "CUSTOM_CONFIGURATION", dtype: "string", dims: [-1, 2], optional: true },
  ],
  outputs: [{ name: "SEGMENTS_START_END", dtype: "int32", dims: [-1, 2] }],
  load: (setup) => {
    const settings = parseSettings(setup);
    return {
      open: () => ({
        found: openEndpointing(settings.msPerTimestep),
        settings: settings.endpointing,
      }),
      run: (inputs, state, flags) => findUtterances(inputs, state, flags, settings),
    };
  },
});

function parseSettings(setup: StepSetup): Settings {
  const history = (name: string, fallback: number): number =>
    numberParameter(setup, name, { fallback, min: 0, max: MAX_HISTORY_MS });
  const share = (name: string, fallback: number): number =>
    numberParameter(setup, name, { fallback, min: 0, max: 1 });
  const stopThreshold = share("stop_th", 0.98);
  return {
    endpointing: {
      startHistoryMs: history("start_history", 300),
      startThreshold: share("start_th", 0.2),
      stopHistoryMs: history("stop_history", 800),
      stopThreshold,
      stopHistoryEouMs: history("stop_history_eou", 0),
      stopThresholdEou: share("stop_th_eou", stopThreshold),
    },
    msPerTimestep: numberParameter(setup, "ms_per_timestep", { min: 1 }),
    blank: numberParameter(setup, "blank_id", { min: 0, isWhole: true }),
    // The -2 of NVIDIA's own commands means none, like every negative number.
    ignoredAtStart: Math.max(
      0,
      numberParameter(setup, "residue_blanks_at_start", { fallback: 0, isWhole: true }),
    ),
    ignoredAtEnd: Math.max(
      0,
      numberParameter(setup, "residue_blanks_at_end", { fallback: 0, isWhole: true }),
    ),
    isStreaming: booleanParameter(setup, "streaming", true),
  };
}

/** First and last-plus-one timestep, or first and -1 or -2. */
type Row = readonly [start: number, end: number];

function findUtterances(
  inputs: Tensors,
  state: State,
  flags: SequenceFlags,
  settings: Settings,
): Tensors {
  const window = readCtcWindow(inputs, settings.blank);
  const configuration = readCustomConfiguration(inputs);
  state.settings = overrideEndpointing(state.settings, configuration);
  const isForced = wantsForcedEnd(configuration);
  const { found } = state;
  const range = settledRange(window, {
    length: window.length,
    next: found.next,
    settleAll: isForced,
  });
  const windows = endpointingWindows(state.settings, settings.msPerTimestep);
  const isBlank = blankTest(window, flags, settings);

  const rows: Row[] = [];
  const gap = window.offset + range.from - found.next;
  if (gap > found.tokenCounts.length) {
    throw invalidInput(
      "FRAME_SPAN",
      `the window starts ${gap} timesteps after the one before it ended`,
    );
  }
  // A timestep that the model owes counts as a blank.
  while (found.next < window.offset + range.from) pushTimestep(found, true, windows);
  for (let index = range.from; index < range.to; index++) {
    const ended = pushTimestep(found, isBlank(index), windows);
    if (ended !== undefined) rows.push([ended.start, ended.end]);
  }
  if (!settings.isStreaming) return segments([[0, flags.end ? found.next : -1]]);
  if (flags.end || isForced) {
    const ended = closeUtterance(found);
    return segments(ended === undefined ? rows : [...rows, [ended.start, ended.end]]);
  }
  return segments([
    ...rows,
    ...runningRow(found, windows, { from: range.to, to: window.length }, isBlank),
  ]);
}

function blankTest(
  window: CtcWindow,
  flags: SequenceFlags,
  settings: Settings,
): (index: number) => boolean {
  const first = settings.ignoredAtStart - window.offset;
  const end = flags.end ? window.length - settings.ignoredAtEnd : Infinity;
  return (index) => index < first || index >= end || window.tokens[index] === settings.blank;
}

/** The running utterance, or one that starts in the provisional timesteps, seen from the last of them. */
function runningRow(
  found: EndpointingState,
  windows: EndpointingWindows,
  provisional: SettledRange,
  isBlank: (index: number) => boolean,
): Row[] {
  const ahead = forkEndpointing(found);
  let { start } = found;
  for (let index = provisional.from; index < provisional.to; index++) {
    pushTimestep(ahead, isBlank(index), windows);
    if (start < 0) start = ahead.start;
  }
  if (start < 0) return [];
  const isNoticed = windows.stopStepsEou > 0 && (ahead.start < 0 || seemsEnded(ahead, windows));
  return [[start, isNoticed ? -2 : -1]];
}

function segments(rows: readonly Row[]): Tensors {
  return { SEGMENTS_START_END: tensor("int32", Int32Array.from(rows.flat()), [1, rows.length, 2]) };
}
