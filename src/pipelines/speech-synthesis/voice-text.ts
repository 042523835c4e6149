/**
 * The files and parameters of the text side: from the archive, or from options in their place. The
 * step is loaded once with all of it, so that a malformed dictionary is refused here, with its line.
 */
import { withPlace } from "../../errors/tool-error.ts";
import type { JsonObject } from "../../formats/rmir/description.ts";
import { readArtifactBytes } from "../../formats/riva/read.ts";
import { readFileBytes } from "../../io/folder.ts";
import { findStep } from "../../steps/registry.ts";
import { isIpa } from "./option-effects.ts";
import { MAPPING_NAME, type SpectrogramModel } from "./acoustic-model.ts";
import type { Values } from "./options.ts";

export const PREPROCESSOR_STEP = "tts-preprocessor";

export interface TextFile {
  /** Parameter of the step that names it, and key in the log. */
  readonly key: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** For the log. */
  readonly origin: string;
}

export interface VoiceText {
  readonly files: readonly TextFile[];
  /** Of the step, the names of its files among them. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

/** Dictionaries have some megabytes. */
const MAX_FILE_BYTES = 64 << 20;

/** @throws ToolError INVALID_FILE with the number of a wrong line, INVALID_CONFIG, UNSUPPORTED */
export async function readVoiceText(model: SpectrogramModel, values: Values): Promise<VoiceText> {
  const dictionary = await dictionaryFile(model, values);
  const files = [
    configFile(model, values, dictionary?.name),
    ...(dictionary === undefined ? [] : [dictionary]),
    ...(await archiveFile(model, "heteronyms_file", model.heteronyms)),
    ...(await archiveFile(model, "mapping_file", model.hasMapping ? MAPPING_NAME : undefined)),
    ...(await optionFile("abbreviations_file", values.abbreviations_file)),
  ];
  const parameters = {
    ...Object.fromEntries(files.map(({ key, name }) => [key, name])),
    max_sequence_length: values["preprocessor.max_sequence_length"],
    pitch_std: model.pitchDeviationHz,
    ...(values.phone_set === undefined ? {} : { phone_set: values.phone_set }),
  };
  tryStep(files, parameters, model.archive.path);
  return { files, parameters };
}

/** The config's `text_tokenizer` with what options change in it. */
function configFile(
  { textTokenizer, ...model }: SpectrogramModel,
  values: Values,
  dictionary: string | undefined,
): TextFile {
  const ignoresAmbiguous = values["preprocessor.g2p_ignore_ambiguous"];
  const upperCase = values.upper_case_chars;
  const g2p = {
    ...(textTokenizer["g2p"] as JsonObject | undefined),
    ...(dictionary === undefined ? {} : { phoneme_dict: dictionary }),
    ...(ignoresAmbiguous === undefined ? {} : { ignore_ambiguous_words: ignoresAmbiguous }),
    ...(upperCase === undefined || !isIpa({ textTokenizer, ...model })
      ? {}
      : { grapheme_case: upperCase ? "upper" : "lower" }),
  };
  const config = dictionary === undefined ? textTokenizer : { ...textTokenizer, g2p };
  return {
    key: "tokenizer_config",
    name: "text_tokenizer.json",
    bytes: Buffer.from(`${JSON.stringify(config, null, 2)}\n`),
    origin: "model_config.yaml",
  };
}

async function dictionaryFile(
  model: SpectrogramModel,
  values: Values,
): Promise<TextFile | undefined> {
  const key = "phone_dictionary_path";
  const [given] = await optionFile(key, values.phone_dictionary_file);
  if (given !== undefined) return given;
  const [own] = await archiveFile(model, key, model.dictionary);
  return own;
}

async function archiveFile(
  { archive }: SpectrogramModel,
  key: string,
  name: string | undefined,
): Promise<TextFile[]> {
  if (name === undefined) return [];
  return [{ key, name, bytes: await readArtifactBytes(archive, name), origin: name }];
}

/** The name goes into a list with commas between names. */
async function optionFile(key: string, file: string | undefined): Promise<TextFile[]> {
  if (file === undefined) return [];
  const name = (file.split(/[/\\]/).at(-1) ?? key).replace(/[^\w.-]/g, "_");
  const bytes = await readFileBytes(file, MAX_FILE_BYTES);
  return [{ key, name, bytes, origin: file }];
}

function tryStep(
  files: readonly TextFile[],
  parameters: Readonly<Record<string, unknown>>,
  place: string,
): void {
  withPlace(place, () =>
    findStep(PREPROCESSOR_STEP).load({
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([key, value]) => [key, String(value)]),
      ),
      files: Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])),
    }),
  );
}
