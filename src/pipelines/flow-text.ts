/**
 * `[a, {path: b, nemo2riva: {format:onnx}}]` as people write it on a command line: not quite
 * YAML, for keys may be glued to their values and a path may contain colons.
 */

/** The items of `[…]`, or undefined if the text is no list. */
export function splitFlowList(text: string): string[] | undefined {
  const inner = unwrap(text, "[", "]");
  return inner === undefined ? undefined : splitOutside(inner);
}

/** The entries of `{key: value, …}`, or undefined if the text is no map. */
export function splitFlowMap(text: string): Map<string, string> | undefined {
  const inner = unwrap(text, "{", "}");
  if (inner === undefined) return undefined;
  const entries = splitOutside(inner).map((item) => {
    const colon = item.indexOf(":");
    const at = colon < 0 ? item.length : colon;
    return [unquote(item.slice(0, at)), unquote(item.slice(at + 1))] as const;
  });
  return new Map(entries);
}

function unwrap(text: string, open: string, close: string): string | undefined {
  const trimmed = text.trim();
  return trimmed.startsWith(open) && trimmed.endsWith(close) ? trimmed.slice(1, -1) : undefined;
}

/** Splits at the commas that are in no bracket and in no quotes. */
function splitOutside(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let quote = "";
  let item = "";
  for (const character of text) {
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (character === "," && depth === 0 && quote === "") {
      items.push(item);
      item = "";
    } else item += character;
  }
  items.push(item);
  return items.map(unquote).filter((text) => text !== "");
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const quoted = /^(["'])(.*)\1$/s.exec(trimmed);
  return quoted === null ? trimmed : (quoted[2] as string);
}
