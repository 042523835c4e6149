/** The pieces of a SentencePiece model, looked up the ways its algorithms need. */
import type { PieceKind, SentencePieceModel } from "../../tensor/sentence-piece-model.ts";
import { Trie } from "./trie.ts";

export interface PieceTable {
  readonly texts: readonly string[];
  readonly scores: readonly number[];
  readonly kinds: readonly PieceKind[];
  readonly unknownId: number;
  /** Pieces that may be found in text: normal and user-defined ones. */
  readonly findable: ReadonlyMap<string, number>;
  /** User-defined pieces: nothing may change or split them. */
  readonly userDefined: Trie;
  /** Id of a piece by its text; of control, unknown and byte pieces first. */
  idOf(text: string): number | undefined;
}

export function createPieceTable({ pieces }: SentencePieceModel): PieceTable {
  const withKind = (...kinds: readonly PieceKind[]): Map<string, number> =>
    new Map(
      pieces.flatMap(([text, , kind], id) => (kinds.includes(kind) ? [[text, id] as const] : [])),
    );
  const reserved = withKind("unknown", "control", "byte");
  const named = withKind("normal", "user-defined", "unused");
  return {
    texts: pieces.map(([text]) => text),
    scores: pieces.map(([, score]) => score),
    kinds: pieces.map(([, , kind]) => kind),
    unknownId: pieces.findIndex(([, , kind]) => kind === "unknown"),
    findable: withKind("normal", "user-defined"),
    userDefined: new Trie(withKind("user-defined")),
    idOf: (text) => reserved.get(text) ?? named.get(text),
  };
}
