/** Ids of SentencePiece to text, as the original decodes them. */
import type { SentencePieceModel } from "../../tensor/sentence-piece-model.ts";
import { decodeUtf8 } from "../utf8.ts";
import { SPACE_MARK } from "./sentence-piece-normalizer.ts";
import type { PieceTable } from "./sentence-piece-pieces.ts";

/**
 * Text of ids: `▁` becomes a space, leading ones of an added prefix fall away, control symbols
 * disappear, byte pieces join to characters. Ids out of range are left out.
 */
export function decodePieces(
  ids: readonly number[],
  table: PieceTable,
  { normalizer, unknownSurface }: SentencePieceModel,
): string {
  const { addDummyPrefix, removeExtraWhitespaces } = normalizer;
  const dropsLeading = addDummyPrefix || removeExtraWhitespaces;
  let text = "";
  let bytes: number[] = [];
  let hasDroppedSpace = false;
  for (const id of ids) {
    const piece = table.texts[id];
    const kind = table.kinds[id];
    if (piece === undefined || kind === undefined) continue;
    if (kind === "byte") {
      bytes.push(Number.parseInt(piece.slice(3, 5), 16));
      continue;
    }
    text += decodeBytes(bytes);
    bytes = [];
    const isFirst: boolean = text === "" && !hasDroppedSpace;
    hasDroppedSpace = false;
    if (kind === "control") continue;
    if (kind === "unknown") {
      text += unknownSurface;
      continue;
    }
    const dropsSpace: boolean = isFirst && dropsLeading && piece.startsWith(SPACE_MARK);
    // if the model takes out extra spaces anyway, all at the beginning go, else only the added one
    hasDroppedSpace = dropsSpace && !removeExtraWhitespaces;
    text += (dropsSpace ? piece.slice(1) : piece).replaceAll(SPACE_MARK, " ");
  }
  return text + decodeBytes(bytes);
}

/** Each byte that is not part of a character becomes U+FFFD by itself. */
function decodeBytes(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const units = characterBytes(bytes[at] as number);
    const character = decodeUtf8(Uint8Array.from(bytes.slice(at, at + units)));
    const isWhole = isOneCharacter(character) && at + units <= bytes.length;
    text += isWhole ? character : "\ufffd";
    at += isWhole ? units : 1;
  }
  return text;
}

function isOneCharacter(text: string): boolean {
  return text.length === ((text.codePointAt(0) as number) > 0xffff ? 2 : 1);
}

function characterBytes(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
