/** The list of tokens of a tokenizer, looked up both ways, and the files such lists come in. */
import { ToolError } from "../../errors/tool-error.ts";
import type { SpecialIds, SpecialRole, SpecialTokens } from "./tokenizer.ts";

export interface Vocabulary {
  /** By id; a gap is undefined. */
  readonly tokens: readonly (string | undefined)[];
  /** Of a token that is listed twice the last id, as in the original. */
  readonly ids: ReadonlyMap<string, number>;
}

export function createVocabulary(tokens: readonly string[]): Vocabulary {
  return { tokens, ids: new Map(tokens.map((token, id) => [token, id])) };
}

/** `vocab.txt`: one token a line, the line number is the id. */
export function parseVocabularyLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Ids of the special tokens that the vocabulary has. */
export function findSpecials(vocabulary: Vocabulary, tokens: SpecialTokens): SpecialIds {
  const found: { [R in SpecialRole]?: number } = {};
  for (const [role, token] of Object.entries(tokens) as [SpecialRole, string][]) {
    const id = vocabulary.ids.get(token);
    if (id !== undefined) found[role] = id;
  }
  return found;
}

const MAX_IDS = 4_000_000;

/**
 * `vocab.json`: an object from token to id.
 * @throws ToolError INVALID_FILE
 */
export function parseVocabularyJson(text: string): Vocabulary {
  const entries = Object.entries(parseJsonObject(text));
  const tokens: (string | undefined)[] = [];
  const ids = new Map<string, number>();
  for (const [token, id] of entries) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= MAX_IDS) {
      throw wrongVocabulary(`the id of '${token}' is ${JSON.stringify(id)}`);
    }
    if (tokens[id] !== undefined) {
      throw wrongVocabulary(`'${tokens[id]}' and '${token}' have the same id ${id}`);
    }
    tokens[id] = token;
    ids.set(token, id);
  }
  return { tokens, ids };
}

function parseJsonObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw wrongVocabulary("it is not JSON", cause);
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  throw wrongVocabulary("it is not an object");
}

function wrongVocabulary(what: string, cause?: unknown): ToolError {
  return new ToolError("INVALID_FILE", `not a token vocabulary: ${what}`, {
    hint: 'expected a vocab.json such as {"<s>": 0, "the": 1}',
    cause,
  });
}
