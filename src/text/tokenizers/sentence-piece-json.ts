/**
 * A SentencePiece model as JSON, the form in which it lies beside a step: `riva-build` writes
 * `JSON.stringify(readSentencePiece(bytes))`, and the step, which has no protobuf, reads it here.
 */
import { ToolError } from "../../errors/tool-error.ts";
import {
  PIECE_KINDS,
  type Charsmap,
  type Piece,
  type PieceKind,
  type SentencePieceModel,
  type SentencePieceNormalizer,
} from "../../tensor/sentence-piece-model.ts";

/** @throws ToolError INVALID_CONFIG */
export function parseSentencePieceJson(text: string): SentencePieceModel {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw wrong("it is not JSON", cause);
  }
  const model = record(parsed, "the model");
  const { algorithm, pieces } = model;
  if (!isAlgorithm(algorithm)) throw wrong(`algorithm is ${JSON.stringify(algorithm)}`);
  if (!Array.isArray(pieces) || !pieces.every(isPiece)) throw wrong("pieces are not triples");
  if (pieces.filter(([, , kind]) => kind === "unknown").length !== 1) {
    throw wrong("there is not exactly one unknown piece");
  }
  return {
    algorithm,
    pieces,
    byteFallback: flag(model, "byteFallback"),
    whitespaceAsSuffix: flag(model, "whitespaceAsSuffix"),
    unknownSurface: string(model, "unknownSurface"),
    bosPiece: string(model, "bosPiece"),
    eosPiece: string(model, "eosPiece"),
    padPiece: string(model, "padPiece"),
    normalizer: parseNormalizer(record(model["normalizer"], "normalizer")),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parseNormalizer(fields: Fields): SentencePieceNormalizer {
  const { charsmap } = fields;
  return {
    addDummyPrefix: flag(fields, "addDummyPrefix"),
    removeExtraWhitespaces: flag(fields, "removeExtraWhitespaces"),
    escapeWhitespaces: flag(fields, "escapeWhitespaces"),
    ...(charsmap !== undefined && { charsmap: parseCharsmap(record(charsmap, "charsmap")) }),
  };
}

function parseCharsmap({ units, replacements }: Fields): Charsmap {
  const isUnits = Array.isArray(units) && units.length > 0 && units.every(Number.isInteger);
  const isReplacements = Array.isArray(replacements) && replacements.every(isReplacement);
  if (!isUnits || !isReplacements) throw wrong("charsmap has neither units nor replacements");
  return { units, replacements };
}

function isReplacement(value: unknown): value is readonly [number, string] {
  return Array.isArray(value) && Number.isInteger(value[0]) && typeof value[1] === "string";
}

function isPiece(value: unknown): value is Piece {
  if (!Array.isArray(value)) return false;
  const [text, score, kind] = value as unknown[];
  const isText = typeof text === "string" && text !== "";
  return isText && Number.isFinite(score) && PIECE_KINDS.includes(kind as PieceKind);
}

function isAlgorithm(value: unknown): value is SentencePieceModel["algorithm"] {
  return value === "unigram" || value === "bpe" || value === "word" || value === "char";
}

function record(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(`${what} is not an object`);
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value === "boolean") return value;
  throw wrong(`${name} is ${JSON.stringify(value)} where true or false is expected`);
}

function string(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value;
  throw wrong(`${name} is ${JSON.stringify(value)} where text is expected`);
}

function wrong(what: string, cause?: unknown): ToolError {
  return new ToolError("INVALID_CONFIG", `not a SentencePiece model in JSON: ${what}`, {
    hint: "build the pipeline again; the file is made by riva-build from tokenizer.model",
    cause,
  });
}
