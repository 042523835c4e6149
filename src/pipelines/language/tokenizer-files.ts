/**
 * The tokenizer that a model was trained with, as the parameters and files of a tokenizer step.
 * NeMo names it by its hub entry; what it is follows from the name and from the files that the
 * archive has.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import type { JsonObject } from "../../formats/rmir/description.ts";
import { readArtifactBytes, type RivaArchive } from "../../formats/riva/read.ts";
import { readSentencePiece } from "../../formats/sentencepiece/read.ts";
import { readFileBytes } from "../../io/folder.ts";
import type { LanguageValues } from "./options.ts";

export interface TokenizerFiles {
  /** For the step, `vocab_file` and the like included. */
  readonly parameters: JsonObject;
  /** By the parameter that names them. */
  readonly files: Readonly<Record<string, TokenizerFile>>;
  /** The text is lowered before it is cut. */
  readonly isUncased: boolean;
}

export interface TokenizerFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const WORDPIECE_FILE = "tokenizer.vocab_file";
/** Merges of the largest tokenizers have a megabyte. */
const MAX_MERGES_BYTES = 64 << 20;

/** @throws ToolError INVALID_FILE without a vocabulary, USAGE without merges, UNSUPPORTED */
export async function readTokenizerFiles(
  archive: RivaArchive,
  config: ConfigNode,
  values: LanguageValues,
): Promise<TokenizerFiles> {
  const node = config.get("tokenizer");
  const name = node.get("tokenizer_name").optional()?.string() ?? "";
  const piecesFile = artifactName(node.get("tokenizer_model"));
  if (piecesFile !== undefined) {
    return sentencePiece(archive, piecesFile, {
      tokenizer_type: "sentencepiece",
      ...specials(node),
    });
  }
  const vocabulary = artifactName(node.get("vocab_file"));
  if (vocabulary === undefined) throw noVocabulary(archive, name);
  if (vocabulary.endsWith(".model")) {
    if (/albert/i.test(name)) {
      return sentencePiece(archive, vocabulary, { tokenizer_type: "albert" });
    }
    throw new ToolError("UNSUPPORTED", `the tokenizer '${name}' is not in this version`, {
      at: archive.path,
      hint: "WordPiece, byte-level BPE, ALBERT's and NeMo's own SentencePiece tokenizers are",
    });
  }
  const bytes = await readArtifactBytes(archive, vocabulary);
  if (vocabulary.endsWith(".json")) return byteLevel(archive, bytes, values);
  const isUncased = values["tokenizer.do_lower_case"] ?? lowersText(name, bytes);
  return {
    parameters: {
      tokenizer_type: "wordpiece",
      vocab_file: WORDPIECE_FILE,
      do_lower_case: isUncased,
    },
    files: { vocab_file: { name: WORDPIECE_FILE, bytes } },
    isUncased,
  };
}

/** The archive's file that a value such as `nemo:0123_vocab.txt` names; old ones give a path. */
export function artifactName(node: ConfigNode): string | undefined {
  const name = node
    .optional()
    ?.string()
    .replace(/^nemo:/, "")
    .split("/")
    .at(-1);
  return name === undefined || name === "" ? undefined : name;
}

async function sentencePiece(
  archive: RivaArchive,
  file: string,
  parameters: JsonObject,
): Promise<TokenizerFiles> {
  const bytes = await readArtifactBytes(archive, file);
  const model = withPlace(archive.path, () => readSentencePiece(bytes, file));
  const name = "tokenizer.model.json";
  return {
    parameters: { ...parameters, vocab_file: name },
    files: { vocab_file: { name, bytes: Buffer.from(JSON.stringify(model)) } },
    isUncased: false,
  };
}

/** Of NeMo's own tokenizer; their order gives the ids of those that the model lacks. */
function specials(node: ConfigNode): JsonObject {
  const special = node.get("special_tokens");
  const entries = special.isPresent ? special.entries() : [];
  const tokens = entries.map(([role, token]) => [role.replace(/_token$/, ""), token.string()]);
  if (tokens.length === 0) return {};
  return { special_tokens: JSON.stringify(Object.fromEntries(tokens)) };
}

async function byteLevel(
  archive: RivaArchive,
  vocabulary: Uint8Array,
  values: LanguageValues,
): Promise<TokenizerFiles> {
  const given = values["tokenizer.merges_file"];
  const stored = archive.artifacts.find(({ name }) => name.endsWith("merges.txt"));
  if (given === undefined && stored === undefined) {
    throw new ToolError(
      "USAGE",
      "the archive has no merges.txt, which its byte-level tokenizer needs",
      {
        at: archive.path,
        hint: "take it from the encoder's hub entry and give it: --tokenizer.merges_file=merges.txt",
      },
    );
  }
  const merges =
    given === undefined
      ? await readArtifactBytes(archive, stored?.name ?? "")
      : await readFileBytes(given, MAX_MERGES_BYTES);
  const names = { vocab_file: "vocab.json", merges_file: "merges.txt" } as const;
  return {
    parameters: { tokenizer_type: "byte_level_bpe", ...names },
    files: {
      vocab_file: { name: names.vocab_file, bytes: vocabulary },
      merges_file: { name: names.merges_file, bytes: merges },
    },
    isUncased: false,
  };
}

/** By the name of the hub entry; where it says nothing, a vocabulary without capitals is uncased. */
function lowersText(name: string, vocabulary: Uint8Array): boolean {
  if (/uncased/i.test(name)) return true;
  if (/cased/i.test(name)) return false;
  const words = new TextDecoder().decode(vocabulary).split("\n");
  return !words.some((word) => /\p{Lu}/u.test(word) && !/^\[.*\]\r?$/.test(word));
}

function noVocabulary(archive: RivaArchive, name: string): ToolError {
  return new ToolError(
    "INVALID_FILE",
    `the archive has no vocabulary for its tokenizer '${name}'`,
    {
      at: archive.path,
      hint: "save the checkpoint with NeMo's save_to(), which stores the vocabulary, and convert it again",
    },
  );
}
