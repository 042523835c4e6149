/** The files that a pipeline's decoder needs, checked and packed into the RMIR. */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { EffContent } from "../../formats/eff/write.ts";
import { isKenlmFile, readKenlmHeader } from "../../formats/kenlm/read.ts";
import type { RivaArchive } from "../../formats/riva/read.ts";
import { rmirFileName } from "../../formats/rmir/write.ts";
import { readPieces, type ByteSource } from "../../io/byte-source.ts";
import { openFile } from "../../io/file-source.ts";
import { readTextFile } from "../../io/folder.ts";
import { checkLexicon, vocabularyKind } from "../../steps/ctc-beam-decoder/make-lexicon.ts";
import type { AcousticModel } from "./acoustic-model.ts";
import { isLexiconFree, type DecoderType } from "./decoder.ts";
import type { Given, Values } from "./option-effects.ts";
import { COMPONENT, VOCABULARY_FILE } from "./settings.ts";

/** One file of the decoder: what for, under which name in the RMIR, from where. */
export interface DecoderFile {
  /** `vocab_file`, `language_model`, `decoding_lexicon`, `decoding_vocab`, `tokenizer_model`. */
  readonly key: string;
  readonly name: string;
  readonly origin: string;
  readonly content: EffContent;
}

export interface DecoderFilesRequest {
  readonly decoder: DecoderType;
  readonly values: Values;
  readonly given: Given;
  readonly model: AcousticModel;
  readonly archive: RivaArchive;
}

/** @throws ToolError NOT_FOUND, INVALID_FILE, UNSUPPORTED, USAGE for a tokenizer that is missing */
export async function planDecoderFiles(request: DecoderFilesRequest): Promise<DecoderFile[]> {
  const vocabulary: DecoderFile = {
    key: "vocab_file",
    name: rmirFileName(COMPONENT.decoder, VOCABULARY_FILE),
    origin: VOCABULARY_FILE,
    content: Buffer.from(`${request.model.vocabulary.join("\n")}\n`),
  };
  const { decoder } = request;
  if (decoder !== "flashlight" && decoder !== "os2s") return [vocabulary];
  return [vocabulary, ...(await languageModel(request)), ...(await wordFiles(request))];
}

async function languageModel({ values }: DecoderFilesRequest): Promise<DecoderFile[]> {
  const binary = values.decoding_language_model_binary;
  const arpa = values.decoding_language_model_arpa;
  const path = binary ?? arpa;
  if (path === undefined) return [];
  await withSource(path, async (source) => {
    if (await isKenlmFile(source)) return void (await readKenlmHeader(source));
    if (binary === undefined) return;
    throw new ToolError("INVALID_FILE", "expected a KenLM binary, the file is of another kind", {
      at: path,
      hint: "give an ARPA file as --decoding_language_model_arpa, or make a binary: build_binary trie model.arpa model.binary",
    });
  });
  return [await fileOf("language_model", path)];
}

/** What says which words there are: a lexicon, or a vocabulary and how to spell its words. */
async function wordFiles(request: DecoderFilesRequest): Promise<DecoderFile[]> {
  const { decoder, values, given, model } = request;
  const { decoding_lexicon: lexicon, decoding_vocab: words } = values;
  if (decoder === "os2s") return words === undefined ? [] : [await fileOf("decoding_vocab", words)];
  if (isLexiconFree(values, given)) return [];
  if (lexicon !== undefined) {
    const text = await readTextFile(lexicon, MAX_TEXT_BYTES);
    withPlace(lexicon, () => checkLexicon(text, model.vocabulary));
    return [await fileOf("decoding_lexicon", lexicon)];
  }
  const vocabulary = await fileOf("decoding_vocab", words as string);
  const needsTokenizer = vocabularyKind(model.vocabulary, model.isSubword) === "sentencepiece";
  return needsTokenizer ? [vocabulary, await tokenizer(request)] : [vocabulary];
}

/** Lexicons of some million words. */
const MAX_TEXT_BYTES = 512 << 20;

async function tokenizer({ values, archive }: DecoderFilesRequest): Promise<DecoderFile> {
  const { tokenizer_model: path } = values;
  if (path !== undefined) return fileOf("tokenizer_model", path);
  const found = archive.artifacts.find(({ name }) => name.endsWith("tokenizer.model"));
  if (found !== undefined) {
    const name = rmirFileName(COMPONENT.decoder, found.name);
    return { key: "tokenizer_model", name, origin: found.name, content: found.source };
  }
  throw new ToolError(
    "USAGE",
    "the archive has no tokenizer to spell the words of --decoding_vocab",
    {
      at: archive.path,
      hint: "give it as --tokenizer_model=tokenizer.model, or a finished lexicon as --decoding_lexicon",
    },
  );
}

async function fileOf(key: string, path: string): Promise<DecoderFile> {
  const origin = path.split("/").at(-1) ?? path;
  const sizeBytes = await withSource(path, async (source) => source.sizeBytes);
  const content: EffContent = {
    sizeBytes,
    write: (sink) =>
      withSource(path, async (source) => {
        for await (const piece of readPieces(source)) await sink.write(piece);
      }),
  };
  // Two files of one name must not meet in the RMIR.
  return { key, name: rmirFileName(`${COMPONENT.decoder}-${key}`, origin), origin, content };
}

async function withSource<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openFile(path);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}
