/**
 * Reads a SentencePiece model (`tokenizer.model`, `spiece.model`): a protobuf message with the
 * pieces, how to normalise and how to cut. Trainer settings that do not matter afterwards are
 * left behind.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import {
  ModelProtoSchema,
  SentencePiece_Type,
  TrainerSpec_ModelType,
  type ModelProto,
  type NormalizerSpec,
  type SentencePiece,
} from "../../gen/sentencepiece_model_pb.ts";
import type {
  Piece,
  PieceKind,
  SentencePieceAlgorithm,
  SentencePieceModel,
  SentencePieceNormalizer,
} from "../../tensor/sentence-piece-model.ts";
import { parseCharsmap } from "./charsmap.ts";

/** The largest published models (256 000 pieces) have 5 MB. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_PIECES = 2_000_000;
const BYTE_VALUES = 256;

const ALGORITHMS: ReadonlyMap<TrainerSpec_ModelType, SentencePieceAlgorithm> = new Map([
  [TrainerSpec_ModelType.UNIGRAM, "unigram"],
  [TrainerSpec_ModelType.BPE, "bpe"],
  [TrainerSpec_ModelType.WORD, "word"],
  [TrainerSpec_ModelType.CHAR, "char"],
]);

const KINDS: ReadonlyMap<SentencePiece_Type, PieceKind> = new Map([
  [SentencePiece_Type.NORMAL, "normal"],
  [SentencePiece_Type.UNKNOWN, "unknown"],
  [SentencePiece_Type.CONTROL, "control"],
  [SentencePiece_Type.USER_DEFINED, "user-defined"],
  [SentencePiece_Type.UNUSED, "unused"],
  [SentencePiece_Type.BYTE, "byte"],
]);

/**
 * The model as plain data; `name` is what messages call it.
 * @throws ToolError INVALID_FILE, LIMIT_EXCEEDED; UNSUPPORTED for a model that also normalises
 * what it decodes
 */
export function readSentencePiece(bytes: Uint8Array, name = "tokenizer.model"): SentencePieceModel {
  return withPlace(name, () => {
    const model = decode(bytes);
    const { trainerSpec } = model;
    const algorithm = ALGORITHMS.get(trainerSpec?.modelType ?? TrainerSpec_ModelType.UNIGRAM);
    if (algorithm === undefined) throw notAModel("its algorithm is not known");
    if ((model.denormalizerSpec?.precompiledCharsmap.length ?? 0) > 0) {
      throw new ToolError("UNSUPPORTED", "the model has rules for decoded text", {
        at: "denormalizer_spec",
        hint: "train the tokenizer without denormalization rules",
      });
    }
    const byteFallback = trainerSpec?.byteFallback ?? false;
    return {
      algorithm,
      pieces: readPieces(model, byteFallback),
      byteFallback,
      whitespaceAsSuffix: trainerSpec?.treatWhitespaceAsSuffix ?? false,
      unknownSurface: trainerSpec?.unkSurface ?? " \u2047 ",
      bosPiece: trainerSpec?.bosPiece ?? "<s>",
      eosPiece: trainerSpec?.eosPiece ?? "</s>",
      padPiece: trainerSpec?.padPiece ?? "<pad>",
      normalizer: readNormalizer(model.normalizerSpec),
    };
  });
}

function decode(bytes: Uint8Array): ModelProto {
  if (bytes.byteLength > MAX_BYTES) {
    throw tooLarge(`${bytes.byteLength} bytes where at most ${MAX_BYTES} are accepted`);
  }
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw notAModel("it is damaged or of another format", cause);
  }
}

function readPieces(model: ModelProto, byteFallback: boolean): Piece[] {
  if (model.pieces.length === 0) throw notAModel("it has no pieces");
  if (model.pieces.length > MAX_PIECES) {
    throw tooLarge(`${model.pieces.length} pieces where at most ${MAX_PIECES} are accepted`);
  }
  const pieces = model.pieces.map(readPiece);
  const names = pieces.map(([text, , kind]) => `${IS_RESERVED[kind]} ${text}`);
  if (new Set(names).size !== names.length) throw notAModel("a piece is there twice");
  const unknowns = pieces.filter(([, , kind]) => kind === "unknown").length;
  if (unknowns !== 1) throw notAModel(`it has ${unknowns} unknown pieces where 1 is expected`);
  const byteCount = pieces.filter(([, , kind]) => kind === "byte").length;
  if (byteFallback && byteCount !== BYTE_VALUES) {
    throw notAModel(`it has ${byteCount} byte pieces where ${BYTE_VALUES} are expected`);
  }
  return pieces;
}

/** Pieces that are never found in text may be named as others that are. */
const IS_RESERVED: Readonly<Record<PieceKind, boolean>> = {
  normal: false,
  "user-defined": false,
  unused: false,
  unknown: true,
  control: true,
  byte: true,
};

const BYTE_PIECE = /^<0x[0-9A-F]{2}>$/;

function readPiece({ piece, score, type }: SentencePiece, id: number): Piece {
  const kind = KINDS.get(type);
  if (kind === undefined) throw notAModel(`piece ${id} is of an unknown kind`);
  if (piece === "") throw notAModel(`piece ${id} is empty`);
  if (!Number.isFinite(score)) throw notAModel(`the score of piece ${id} is ${score}`);
  if (kind === "byte" && !BYTE_PIECE.test(piece)) {
    throw notAModel(`piece ${id} should be a byte such as '<0x0A>'`);
  }
  return [piece, score, kind];
}

function readNormalizer(spec: NormalizerSpec | undefined): SentencePieceNormalizer {
  const charsmap = spec?.precompiledCharsmap ?? new Uint8Array();
  return {
    addDummyPrefix: spec?.addDummyPrefix ?? true,
    removeExtraWhitespaces: spec?.removeExtraWhitespaces ?? true,
    escapeWhitespaces: spec?.escapeWhitespaces ?? true,
    ...(charsmap.length > 0 && { charsmap: parseCharsmap(charsmap) }),
  };
}

function notAModel(what: string, cause?: unknown): ToolError {
  return new ToolError("INVALID_FILE", `not a SentencePiece model: ${what}`, {
    hint: "expected the .model file that SentencePiece wrote; a .vocab file has only names",
    cause,
  });
}

function tooLarge(what: string): ToolError {
  return new ToolError("LIMIT_EXCEEDED", what, {
    hint: "the file is not what its name says, or it is damaged",
  });
}
