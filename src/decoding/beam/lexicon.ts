/**
 * A pronunciation lexicon as the decoder step finds it in its folder: `word`, a tab or blanks,
 * the word's tokens. A word may come in several lines, one a spelling.
 */
import { ToolError } from "../../errors/tool-error.ts";

export interface Lexicon {
  /** Words by label, in order of first appearance. */
  readonly words: readonly string[];
  readonly spellings: readonly Spelling[];
}

export interface Spelling {
  readonly label: number;
  readonly tokens: readonly number[];
}

/**
 * @param tokens the acoustic model's tokens by id
 * @throws ToolError INVALID_FILE with the line's number for a token that the model does not have
 */
export function parseLexicon(text: string, tokens: readonly string[]): Lexicon {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const labels = new Map<string, number>();
  const spellings: Spelling[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const [word, ...pieces] = line.split(/[ \t]+/).filter((field) => field !== "");
    if (word === undefined) return;
    if (pieces.length === 0) throw wrongLine(index, `no tokens for '${word}'`);
    const label = labels.get(word) ?? labels.size;
    labels.set(word, label);
    spellings.push({ label, tokens: pieces.map((piece) => idOf(ids, piece, index)) });
  });
  if (spellings.length === 0) throw wrongLine(0, "expected a word and its tokens, got nothing");
  return { words: [...labels.keys()], spellings };
}

function idOf(ids: ReadonlyMap<string, number>, piece: string, index: number): number {
  const id = ids.get(piece);
  if (id === undefined) throw wrongLine(index, `'${piece}' is no token of the acoustic model`);
  return id;
}

function wrongLine(index: number, what: string): ToolError {
  return new ToolError("INVALID_FILE", `lexicon: ${what}`, {
    at: `line ${index + 1}`,
    hint: "write 'word<tab>token token …' with tokens of the model's own vocabulary",
  });
}
