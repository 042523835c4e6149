/**
 * The decoder's model in the repository. A beam decoder gets its language model in the form that
 * is queried in place, and its words as a lexicon, which is made here if it was not given: people
 * edit `lexicon.txt` where it lies.
 */
import { withPlace } from "../../errors/tool-error.ts";
import { isKenlmFile, readLanguageModel } from "../../formats/kenlm/read.ts";
import type { JsonObject, RmirComponent } from "../../formats/rmir/description.ts";
import type { RmirArchive } from "../../formats/rmir/read.ts";
import { readSentencePiece } from "../../formats/sentencepiece/read.ts";
import { bytesSource, readAll, type ByteSource } from "../../io/byte-source.ts";
import {
  checkLexicon,
  makeLexicon,
  vocabularyKind,
} from "../../steps/ctc-beam-decoder/make-lexicon.ts";
import { ToolError } from "../../errors/tool-error.ts";
import { planStep, sourceOf } from "../plan-model.ts";
import type { PlannedModel, StepFiles } from "../planned-model.ts";
import { componentParameters, Parameters } from "../rmir-parameters.ts";

/** Names in the version folder. */
const LANGUAGE_MODEL_FILE = "language_model.binary";
const LEXICON_FILE = "lexicon.txt";
const WORDS_FILE = "words.txt";
const MAX_TEXT_BYTES = 512 << 20;
/** As the original, a line of the log for so many words. */
const WORDS_PER_LOG_LINE = 10_000;
const FILTERED_IN_LOG = 10;

/** A file of the version folder, by the step's parameter that names it. */
interface StepFile {
  readonly parameter: string;
  readonly name: string;
  readonly source: ByteSource;
}

/** @throws ToolError INVALID_FILE, INVALID_CONFIG, UNSUPPORTED, LIMIT_EXCEEDED */
export async function planDecoder(
  component: RmirComponent,
  rmir: RmirArchive,
  steps: StepFiles,
): Promise<PlannedModel> {
  if (componentParameters(component).text("step") !== "ctc-beam-decoder") {
    return planStep(component, rmir, steps);
  }
  const log: string[] = [];
  const files = [...(await languageModel(component, rmir)), ...(await words(component, rmir, log))];
  const own = componentParameters(component).object("step_parameters");
  const named = Object.fromEntries(files.map(({ parameter, name }) => [parameter, name]));
  const whole: RmirComponent = {
    ...component,
    files: { vocab_file: component.files["vocab_file"] ?? "", ...named },
    parameters: { ...component.parameters, step_parameters: { ...own, ...named } },
  };
  const sources = new Map([
    ...rmir.files,
    ...files.map(({ name, source }) => [name, source] as const),
  ]);
  const planned = planStep(whole, { ...rmir, files: sources }, steps);
  return { ...planned, extracted: component.files, log };
}

async function languageModel(component: RmirComponent, rmir: RmirArchive): Promise<StepFile[]> {
  const stored = component.files["language_model"];
  if (stored === undefined) return [];
  const source = sourceOf(rmir, stored);
  const isBinary = await isKenlmFile(source);
  return [
    {
      parameter: "language_model_file",
      name: LANGUAGE_MODEL_FILE,
      source: isBinary ? source : bytesSource((await readLanguageModel(source)).bytes, stored),
    },
  ];
}

async function words(
  component: RmirComponent,
  rmir: RmirArchive,
  log: string[],
): Promise<StepFile[]> {
  const { decoding_lexicon: lexicon, decoding_vocab: vocabulary } = component.files;
  if (lexicon !== undefined) {
    log.push(`Model config has lexicon_file specified. Will use: ${lexicon}`);
    const source = sourceOf(rmir, lexicon);
    const { tokens } = await readTokens(component, rmir);
    const text = decode(await readAll(source, MAX_TEXT_BYTES));
    withPlace(lexicon, () => checkLexicon(text, tokens));
    return [{ parameter: "lexicon_file", name: LEXICON_FILE, source }];
  }
  if (vocabulary === undefined) return [];
  const own = new Parameters(
    componentParameters(component).object("step_parameters") as JsonObject,
    "step_parameters",
  );
  if (own.text("decoder_type") === "os2s") {
    const source = sourceOf(rmir, vocabulary);
    return [{ parameter: "words_file", name: WORDS_FILE, source }];
  }
  const text = await generateLexicon(component, rmir, vocabulary, log);
  const source = bytesSource(Buffer.from(text), LEXICON_FILE);
  return [{ parameter: "lexicon_file", name: LEXICON_FILE, source }];
}

async function generateLexicon(
  component: RmirComponent,
  rmir: RmirArchive,
  vocabulary: string,
  log: string[],
): Promise<string> {
  const { tokens, isSubword } = await readTokens(component, rmir);
  const stored = component.files["tokenizer_model"];
  log.push(
    `Model config has vocab file and tokenizer specified. Will create subword lexicon file from  vocab_file ${vocabulary} and tokenizer model ${stored ?? "of the acoustic model"}`,
  );
  const tokenizer =
    stored === undefined
      ? undefined
      : readSentencePiece(await readAll(sourceOf(rmir, stored), MAX_TEXT_BYTES), stored);
  const made = makeLexicon({
    words: decode(await readAll(sourceOf(rmir, vocabulary), MAX_TEXT_BYTES)),
    tokens,
    kind: vocabularyKind(tokens, isSubword),
    tokenizer,
  });
  for (let n = WORDS_PER_LOG_LINE; n <= made.wordCount; n += WORDS_PER_LOG_LINE) {
    log.push(`processed ${n} words`);
  }
  log.push(`skipped ${made.emptyLines} empty lines`, `filtered ${made.filtered.length} lines`);
  if (made.filtered.length > 0) {
    const some = made.filtered.slice(0, FILTERED_IN_LOG).join(", ");
    log.push(
      `the model's tokens cannot spell: ${some}${made.filtered.length > FILTERED_IN_LOG ? ", …" : ""}`,
    );
  }
  if (made.wordCount > 0) return made.text;
  throw new ToolError(
    "INVALID_FILE",
    "none of the vocabulary's words can be spelled by the model",
    {
      at: vocabulary,
      hint: "is it the vocabulary of another language, or in upper case? Build again with another --decoding_vocab",
    },
  );
}

async function readTokens(component: RmirComponent, rmir: RmirArchive) {
  const own = new Parameters(
    componentParameters(component).object("step_parameters"),
    "step_parameters",
  );
  const source = sourceOf(rmir, component.files["vocab_file"] ?? "vocab_file");
  const lines = decode(await readAll(source, MAX_TEXT_BYTES)).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return { tokens: lines, isSubword: own.boolean("use_subword") };
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
