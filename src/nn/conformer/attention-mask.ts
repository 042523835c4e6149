/** Which pairs of frames must not see each other: behind a row's length or outside the context. */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { frameRange, type Lengths } from "../lengths.ts";
import type { AttentionContext } from "./config.ts";

/** bool [B, 1, T, T] for `x` [B, T, C]: true where attention is blocked. */
export function blockedPairs(
  g: GraphBuilder,
  x: Value,
  lengths: Lengths,
  context: AttentionContext,
): Value {
  return g.within("attention_mask", () => {
    const valid = lengths.valid(x, 1);
    const pairs = g.And(g.Unsqueeze(valid, [1]), g.Unsqueeze(valid, [2]));
    const inContext = contextPairs(g, x, context);
    const allowed = inContext === undefined ? pairs : g.And(pairs, inContext);
    return g.Unsqueeze(g.Not(allowed), [1]);
  });
}

/** bool [T, T], or undefined if every frame sees every other one. */
function contextPairs(
  g: GraphBuilder,
  x: Value,
  { style, left, right }: AttentionContext,
): Value | undefined {
  if (left < 0 && right < 0) return undefined;
  const range = frameRange(g, x, 1);
  // with chunks, a frame sees its whole chunk and the chunks that the left context covers
  const isChunked = style === "chunked_limited";
  if (isChunked && right < 0) return undefined;
  const place = isChunked ? g.Div(range, right + 1) : range;
  const [ahead, behind] = isChunked
    ? [0, left < 0 ? -1 : Math.floor(left / (right + 1))]
    : [right, left];
  const offset = g.Sub(g.Unsqueeze(place, [0]), g.Unsqueeze(place, [1]));
  const limits: Value[] = [];
  if (ahead >= 0) limits.push(g.LessOrEqual(offset, ahead));
  if (behind >= 0) limits.push(g.LessOrEqual(-behind, offset));
  return limits.reduce((a, b) => g.And(a, b));
}
