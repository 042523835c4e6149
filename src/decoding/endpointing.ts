/**
 * Where utterances start and end, told from the shares of blank timesteps in sliding windows of
 * the greedy CTC output. An utterance starts when the share of tokens in the start window reaches
 * `startThreshold`, and ends when the share of blanks in the stop window reaches `stopThreshold`.
 * A second, shorter stop window notices a probable end early.
 */

export interface EndpointingSettings {
  /** Windows in milliseconds; a window of 0 switches the stop (or the early notice) off. */
  readonly startHistoryMs: number;
  readonly startThreshold: number;
  readonly stopHistoryMs: number;
  readonly stopThreshold: number;
  readonly stopHistoryEouMs: number;
  readonly stopThresholdEou: number;
}

/** Longest window that anyone may ask for; bounds what a stream remembers. */
export const MAX_HISTORY_MS = 30_000;

/** What is remembered of one stream; its size never changes. */
export interface EndpointingState {
  /** Timesteps seen. */
  next: number;
  /** How many of them held a token, after each of the latest timesteps (a ring). */
  readonly tokenCounts: Int32Array;
  /** Timestep from which the next utterance may start. */
  idleSince: number;
  /** First timestep of the running utterance; -1: none is running. */
  start: number;
  /** Timestep after the newest token. */
  tokenEnd: number;
}

/** An utterance that ended: first timestep and the one after its last. */
export interface Utterance {
  readonly start: number;
  readonly end: number;
}

export function openEndpointing(msPerTimestep: number): EndpointingState {
  const tokenCounts = new Int32Array(Math.ceil(MAX_HISTORY_MS / msPerTimestep) + 1);
  return { next: 0, tokenCounts, idleSince: 0, start: -1, tokenEnd: 0 };
}

/** A second state that goes on from here and leaves this one as it is: for provisional timesteps. */
export function forkEndpointing(state: EndpointingState): EndpointingState {
  return { ...state, tokenCounts: state.tokenCounts.slice() };
}

/** Settings with windows in timesteps, at least one where not switched off. */
export interface EndpointingWindows extends EndpointingSettings {
  readonly startSteps: number;
  readonly stopSteps: number;
  readonly stopStepsEou: number;
}

export function endpointingWindows(
  settings: EndpointingSettings,
  msPerTimestep: number,
): EndpointingWindows {
  const steps = (ms: number): number =>
    ms === 0 ? 0 : Math.max(1, Math.round(ms / msPerTimestep));
  return {
    ...settings,
    startSteps: Math.max(1, steps(settings.startHistoryMs)),
    stopSteps: steps(settings.stopHistoryMs),
    stopStepsEou: steps(settings.stopHistoryEouMs),
  };
}

/** Takes one timestep; returns the utterance that ends with it, if one does. */
export function pushTimestep(
  state: EndpointingState,
  isBlank: boolean,
  windows: EndpointingWindows,
): Utterance | undefined {
  const before = countAt(state, state.next - 1);
  state.tokenCounts[state.next % state.tokenCounts.length] = before + (isBlank ? 0 : 1);
  state.next++;
  if (!isBlank) state.tokenEnd = state.next;
  if (state.start < 0) {
    if (!isBlank) openIfSpeech(state, windows);
    return undefined;
  }
  return isSilent(state, windows.stopSteps, windows.stopThreshold)
    ? closeUtterance(state)
    : undefined;
}

/** Ends the running utterance at its newest token; undefined if none is running. */
export function closeUtterance(state: EndpointingState): Utterance | undefined {
  const { start, tokenEnd } = state;
  state.start = -1;
  state.idleSince = state.next;
  return start < 0 ? undefined : { start, end: tokenEnd };
}

/** The early notice: the running utterance seems to have ended. */
export function seemsEnded(state: EndpointingState, windows: EndpointingWindows): boolean {
  return state.start >= 0 && isSilent(state, windows.stopStepsEou, windows.stopThresholdEou);
}

/** The utterance starts at the first token of the window that shows it. */
function openIfSpeech(
  state: EndpointingState,
  { startSteps, startThreshold }: EndpointingWindows,
): void {
  const first = Math.max(state.idleSince, state.next - startSteps);
  const tokens = tokensSince(state, first);
  if (tokens / startSteps < startThreshold) return;
  let start = first;
  while (countAt(state, start) === countAt(state, first - 1)) start++;
  state.start = start;
}

/** True if enough of the newest timesteps, all of the running utterance, are blank. */
function isSilent(state: EndpointingState, steps: number, threshold: number): boolean {
  if (steps === 0 || state.next - state.start < steps) return false;
  return 1 - tokensSince(state, state.next - steps) / steps >= threshold;
}

function tokensSince(state: EndpointingState, timestep: number): number {
  return countAt(state, state.next - 1) - countAt(state, timestep - 1);
}

/** Tokens up to and with a timestep. */
function countAt(state: EndpointingState, timestep: number): number {
  return timestep < 0 ? 0 : (state.tokenCounts[timestep % state.tokenCounts.length] as number);
}
