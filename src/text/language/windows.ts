/**
 * Overlapping windows over the tokens of a text that is longer than the model takes, as NeMo cuts
 * them for punctuation: every window but the first gives up its first `margin` tokens, every
 * window but the last its last ones, because they see too little of the text. What is left of
 * neighbouring windows may overlap (small steps) or just meet (the largest step).
 */

export interface WindowSettings {
  /** Tokens of a window, `[CLS]` and `[SEP]` included. */
  readonly maxLength: number;
  /** Tokens between the starts of two windows; larger ones than leave no gap count as the largest. */
  readonly step: number;
  readonly margin: number;
}

/** In tokens of the text; ends are exclusive. */
export interface TokenWindow {
  readonly start: number;
  readonly end: number;
  /** The tokens that count in this window. */
  readonly countFrom: number;
  readonly countTo: number;
}

/** Does the margin leave anything of a window? */
export function marginFits({ maxLength, margin }: WindowSettings): boolean {
  return maxLength >= 3 && (margin === 0 || margin < Math.floor((maxLength - 2) / 2));
}

/** At most so many windows count for one token. */
export function windowsPerToken({ maxLength, step, margin }: WindowSettings): number {
  const length = maxLength - 2;
  return Math.ceil((length - 2 * margin) / stepOf(length, step, margin));
}

/** The window with that number; undefined if the text has fewer. The first one is always there. */
export function windowAt(
  index: number,
  tokens: number,
  settings: WindowSettings,
): TokenWindow | undefined {
  const { maxLength, margin } = settings;
  const length = maxLength - 2;
  const last = lastWindow(tokens, settings);
  if (index > last) return undefined;
  const start = index * stepOf(length, settings.step, margin);
  const end = Math.min(start + length, tokens);
  return {
    start,
    end,
    countFrom: index === 0 ? 0 : start + margin,
    countTo: index === last ? end : start + length - margin,
  };
}

/** The number of the first window that counts this token. */
export function firstWindowWith(token: number, tokens: number, settings: WindowSettings): number {
  const length = settings.maxLength - 2;
  const step = stepOf(length, settings.step, settings.margin);
  let index = Math.max(0, Math.floor((token - length) / step));
  const last = lastWindow(tokens, settings);
  while (index < last && (windowAt(index, tokens, settings)?.countTo ?? 0) <= token) index++;
  return index;
}

function lastWindow(tokens: number, { maxLength, step, margin }: WindowSettings): number {
  const length = maxLength - 2;
  return Math.ceil(Math.max(0, tokens - length) / stepOf(length, step, margin));
}

const stepOf = (length: number, step: number, margin: number): number =>
  Math.min(step, length - 2 * margin);
