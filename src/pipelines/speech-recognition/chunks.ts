/**
 * How a stream is cut: the chunk of new audio and the paddings around it that the acoustic model
 * sees for context, in seconds. All three must be whole timesteps of the model, for the pieces of
 * the transcript are joined at timesteps; the original accepts anything and then degrades.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { Notice, ResolvedOption, ValueSource } from "../plan.ts";

export interface ChunkOptions {
  readonly chunk_size: number | undefined;
  readonly left_padding_size: number | undefined;
  readonly right_padding_size: number | undefined;
  readonly padding_size: number | undefined;
  readonly padding_factor: number | undefined;
}

/** `oneShot` is `--offline --streaming=False`: the whole recording at once. */
export type Mode = "streaming" | "offline" | "oneShot";

export interface Chunks {
  readonly chunkSeconds: number;
  readonly leftPaddingSeconds: number;
  readonly rightPaddingSeconds: number;
  readonly options: readonly ResolvedOption[];
  readonly notices: readonly Notice[];
}

/** Usual values of the documented builds; the original's own defaults are not public. */
const DEFAULTS = {
  streaming: { chunk: 0.16, padding: 1.92 },
  offline: { chunk: 4.8, padding: 1.6 },
  oneShot: { chunk: 300, padding: 0 },
} as const satisfies Record<Mode, { chunk: number; padding: number }>;

type PieceName = "chunk_size" | "left_padding_size" | "right_padding_size";

/** @throws ToolError USAGE naming the nearest values that fit */
export function resolveChunks(mode: Mode, given: ChunkOptions, msPerTimestep: number): Chunks {
  checkPaddingConflict(given);
  const chunk = resolvePiece("chunk_size", given.chunk_size, mode, msPerTimestep);
  const both = givenPadding(given, chunk.seconds);
  const left = resolvePiece(
    "left_padding_size",
    given.left_padding_size ?? both,
    mode,
    msPerTimestep,
    both,
  );
  const right = resolvePiece(
    "right_padding_size",
    given.right_padding_size ?? both,
    mode,
    msPerTimestep,
    both,
  );
  const pieces = [chunk, left, right];
  return {
    chunkSeconds: chunk.seconds,
    leftPaddingSeconds: left.seconds,
    rightPaddingSeconds: right.seconds,
    options: pieces.map(({ name, seconds, source }) => ({ name, value: seconds, source })),
    notices: pieces.flatMap(({ notice }) => (notice === undefined ? [] : [notice])),
  };
}

function checkPaddingConflict(given: ChunkOptions): void {
  const both = given.padding_size ?? given.padding_factor;
  const side = given.left_padding_size ?? given.right_padding_size;
  const two = given.padding_size !== undefined && given.padding_factor !== undefined;
  if ((both === undefined || side === undefined) && !two) return;
  const name = given.padding_size === undefined ? "padding_factor" : "padding_size";
  throw new ToolError("USAGE", `--${name} sets both paddings, and another option sets them too`, {
    hint: "give --padding_size, or --left_padding_size and --right_padding_size",
  });
}

function givenPadding(given: ChunkOptions, chunkSeconds: number): number | undefined {
  if (given.padding_factor === undefined) return given.padding_size;
  return round(given.padding_factor * chunkSeconds);
}

interface Piece {
  readonly name: PieceName;
  readonly seconds: number;
  readonly source: ValueSource;
  readonly notice?: Notice;
}

/** `both` is defined if the value comes from `--padding_size`, which the error then names. */
function resolvePiece(
  name: PieceName,
  given: number | undefined,
  mode: Mode,
  msPerTimestep: number,
  both?: number,
): Piece {
  if (given !== undefined) {
    checkWhole(both === undefined ? name : "padding_size", name, given, msPerTimestep);
    return { name, seconds: given, source: "given" };
  }
  const usual = name === "chunk_size" ? DEFAULTS[mode].chunk : DEFAULTS[mode].padding;
  const seconds = nearestWhole(usual, msPerTimestep, name);
  if (seconds === usual) return { name, seconds, source: "default" };
  const text = `${name} is ${seconds} s, the multiple of the model's ${msPerTimestep} ms timestep nearest to ${usual} s`;
  return { name, seconds, source: "model", notice: { level: "INFO", option: name, text } };
}

function checkWhole(option: string, name: PieceName, seconds: number, msPerTimestep: number): void {
  const steps = (seconds * 1000) / msPerTimestep;
  const isWhole = Math.abs(steps - Math.round(steps)) < 1e-6;
  if (isWhole && (steps > 0.5 || name !== "chunk_size")) return;
  const smallest = name === "chunk_size" ? 1 : 0;
  const below = Math.max(smallest, Math.floor(steps));
  const values = [...new Set([below, Math.max(below, Math.ceil(steps))])];
  const nearest = values.map((count) => toSeconds(count, msPerTimestep)).join(" or ");
  throw new ToolError(
    "USAGE",
    `--${option}=${seconds}: expected a multiple of the model's timestep of ${msPerTimestep} ms`,
    { hint: `the nearest: ${nearest}` },
  );
}

function nearestWhole(seconds: number, msPerTimestep: number, name: PieceName): number {
  const steps = Math.round((seconds * 1000) / msPerTimestep);
  return toSeconds(name === "chunk_size" ? Math.max(1, steps) : steps, msPerTimestep);
}

const toSeconds = (steps: number, msPerTimestep: number): number =>
  round((steps * msPerTimestep) / 1000);

/** Milliseconds may be fractions; a microsecond is below every sample period. */
const round = (seconds: number): number => Number(seconds.toFixed(6));
