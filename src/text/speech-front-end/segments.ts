/**
 * A request as segments of spans between which a sentence must end: plain text is one segment,
 * SSML is divided by `p`, `s` and pauses.
 */
import { DEFAULT_PROSODY } from "../ssml/prosody.ts";
import { parseSsml, type SsmlSpan } from "../ssml/ssml.ts";

/** A span that is spoken. */
export type SpokenSpan = Exclude<SsmlSpan, { readonly kind: "pause" | "boundary" }>;

export interface Segment {
  readonly spans: readonly SpokenSpan[];
  /** Silence after it. */
  readonly pauseSeconds: number;
}

/** @throws ToolError INVALID_REQUEST or LIMIT_EXCEEDED for SSML with wrong values. */
export function segmentsOf(text: string): Segment[] {
  const spans = parseSsml(text) ?? [
    { kind: "text", text, prosody: DEFAULT_PROSODY, emphasis: "none" } as const,
  ];
  const segments: Segment[] = [];
  let open: SpokenSpan[] = [];
  for (const span of spans) {
    if (span.kind !== "pause" && span.kind !== "boundary") {
      open.push(span);
      continue;
    }
    segments.push({ spans: open, pauseSeconds: span.kind === "pause" ? span.seconds : 0 });
    open = [];
  }
  segments.push({ spans: open, pauseSeconds: 0 });
  return segments.filter(({ spans: kept, pauseSeconds }) => kept.length > 0 || pauseSeconds > 0);
}
