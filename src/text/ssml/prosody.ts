/**
 * Values of SSML attributes, within the ranges that Riva documents: rate 25 to 250 %, pitch -3 to
 * 3 standard deviations or -150 to 150 Hz, volume -13 to 8 dB. What the names stand for is not
 * published; the numbers here are ours.
 */
import { ToolError } from "../../errors/tool-error.ts";

export interface Prosody {
  /** Speed; 1 is the voice's own, 2 twice as fast. */
  readonly rate: number;
  /** Shift of the pitch, in the unit that the document used. */
  readonly pitch: Pitch;
  /** Factor of the amplitude; 0 is silence. */
  readonly volume: number;
}

export interface Pitch {
  readonly value: number;
  /** `deviation`: multiples of the pitch's standard deviation in the training data. */
  readonly unit: "deviation" | "hertz";
}

export const DEFAULT_PROSODY: Prosody = {
  rate: 1,
  pitch: { value: 0, unit: "deviation" },
  volume: 1,
};

/** The longest pause that a document may ask for; W3C leaves it open. */
export const MAX_BREAK_SECONDS = 20;

const RATES: Readonly<Record<string, number>> = {
  "x-slow": 0.5,
  "x-low": 0.5,
  slow: 0.75,
  low: 0.75,
  medium: 1,
  default: 1,
  fast: 1.5,
  high: 1.5,
  "x-fast": 2,
  "x-high": 2,
};

const PITCHES: Readonly<Record<string, number>> = {
  "x-low": -2,
  low: -1,
  medium: 0,
  default: 0,
  high: 1,
  "x-high": 2,
};

const DECIBELS: Readonly<Record<string, number>> = {
  silent: -Infinity,
  "x-soft": -12,
  soft: -6,
  medium: 0,
  default: 0,
  loud: 4,
  "x-loud": 8,
};

const BREAKS: Readonly<Record<string, number>> = {
  none: 0,
  "x-weak": 0.1,
  weak: 0.25,
  medium: 0.5,
  strong: 0.75,
  "x-strong": 1.5,
};

const RATE = /^\+?([0-9]{1,6}(?:\.[0-9]{1,6})?)%$/;
const PITCH = /^([+-]?[0-9]{0,6}\.?[0-9]{1,6})(hz)?$/i;
const VOLUME = /^([+-]?[0-9]{0,6}\.?[0-9]{1,6})db$/i;
const TIME = /^\+?([0-9]{0,6}\.?[0-9]{1,6})(ms|s)$/i;

/** `35%`, `+200%` (of the normal rate, as Riva's examples have it) or a name. */
export function parseRate(value: string): number {
  const named = nameOf(RATES, value);
  if (named !== undefined) return named;
  const percent = Number(RATE.exec(value.trim())?.[1]);
  if (percent >= 25 && percent <= 250) return percent / 100;
  throw wrong("rate", "25% to 250% or x-slow, slow, medium, fast, x-fast, default", value);
}

/** `1.5`, `-20Hz` or a name; percents and semitones are not supported, as in Riva. */
export function parsePitch(value: string): Pitch {
  const named = nameOf(PITCHES, value);
  if (named !== undefined) return { value: named, unit: "deviation" };
  const match = PITCH.exec(value.trim());
  const amount = Number(match?.[1]);
  const unit = match?.[2] === undefined ? "deviation" : "hertz";
  if (Math.abs(amount) <= (unit === "hertz" ? 150 : 3)) return { value: amount, unit };
  throw wrong(
    "pitch",
    "-3 to 3, -150Hz to 150Hz or x-low, low, medium, high, x-high, default",
    value,
  );
}

/** `+6dB` or a name, as a factor of the amplitude. */
export function parseVolume(value: string): number {
  const decibels = nameOf(DECIBELS, value) ?? Number(VOLUME.exec(value.trim())?.[1]);
  if (decibels === -Infinity) return 0;
  if (decibels >= -13 && decibels <= 8) return 10 ** (decibels / 20);
  const names = "silent, x-soft, soft, medium, loud, x-loud, default";
  throw wrong("volume", `-13dB to 8dB or ${names}`, value);
}

/** Seconds of a `break`: `time` wins over `strength`; neither means medium. */
export function parseBreak(time: string | undefined, strength: string | undefined): number {
  if (time !== undefined) return parseTime(time);
  const seconds = nameOf(BREAKS, strength ?? "medium");
  if (seconds !== undefined) return seconds;
  throw wrong("strength", Object.keys(BREAKS).join(", "), strength ?? "");
}

function parseTime(value: string): number {
  const match = TIME.exec(value.trim());
  const seconds = Number(match?.[1]) / (match?.[2]?.toLowerCase() === "ms" ? 1000 : 1);
  if (seconds >= 0 && seconds <= MAX_BREAK_SECONDS) return seconds;
  throw wrong("time", `0s to ${MAX_BREAK_SECONDS}s, or milliseconds as 500ms`, value);
}

function nameOf(names: Readonly<Record<string, number>>, value: string): number | undefined {
  const name = value.trim().toLowerCase();
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

function wrong(attribute: string, expected: string, value: string): ToolError {
  const got = JSON.stringify(value.slice(0, 40));
  return new ToolError("INVALID_REQUEST", `SSML: expected ${attribute} ${expected}; got ${got}`, {
    at: `attribute ${attribute}`,
    hint: "correct the value; no audio is made of a document with values out of range",
  });
}
