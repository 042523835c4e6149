/**
 * Finds special tokens that stand in a text as such (`[SEP]`), leftmost first and the longest of
 * several. The originals do so before anything else, so a text can name special tokens: a
 * service that must not allow it has to remove them first.
 */

/** A stretch of a text: special token `id`, or ordinary text where `id` is undefined. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly id: number | undefined;
}

export type SpecialSplitter = (text: string) => readonly Segment[];

export function createSpecialSplitter(ids: ReadonlyMap<string, number>): SpecialSplitter {
  const tokens = [...ids.keys()].filter((token) => token !== "");
  if (tokens.length === 0) return (text) => [{ start: 0, end: text.length, id: undefined }];
  const longestFirst = tokens.sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapeForRegExp).join("|"), "g");
  return (text) => {
    const segments: Segment[] = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index > end) segments.push({ start: end, end: match.index, id: undefined });
      end = match.index + match[0].length;
      segments.push({ start: match.index, end, id: ids.get(match[0]) });
    }
    if (end < text.length) segments.push({ start: end, end: text.length, id: undefined });
    return segments;
  };
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
