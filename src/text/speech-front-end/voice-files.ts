/**
 * The files that make a voice's text side, together: what `riva-build` checks and puts into the
 * RMIR, and what the step reads when it is loaded.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { readAbbreviations, type Abbreviations } from "../normalisation/abbreviations-file.ts";
import { readMapping } from "../speech-tokens/mapping.ts";
import { parseSpeechTokenizerConfig } from "../speech-tokens/tokenizer-config.ts";
import {
  createSpeechTokenizer,
  type SpeechTokenizer,
  type TokenizerFiles,
} from "../speech-tokens/tokenizer.ts";
import { decodeUtf8 } from "../utf8.ts";

export interface VoiceFiles {
  /** JSON of the model config's `text_tokenizer`. */
  readonly tokenizerConfig: Uint8Array;
  /** `mapping.txt`; without it the tokens are made from config and dictionary. */
  readonly mapping: Uint8Array | undefined;
  readonly abbreviations: Uint8Array | undefined;
  /** Dictionary and heteronyms, by the names in the config. */
  readonly files: TokenizerFiles;
}

export interface SpeechVoice {
  readonly tokenizer: SpeechTokenizer;
  readonly abbreviations: Abbreviations | undefined;
}

/** @throws ToolError INVALID_CONFIG, INVALID_FILE with the number of a wrong line, UNSUPPORTED */
export function readSpeechVoice(voice: VoiceFiles): SpeechVoice {
  const { mapping, abbreviations } = voice;
  const tokens =
    mapping === undefined ? undefined : readMapping(decodeUtf8(mapping), "mapping.txt");
  return {
    tokenizer: createSpeechTokenizer(readConfig(voice.tokenizerConfig), voice.files, tokens),
    abbreviations:
      abbreviations === undefined
        ? undefined
        : readAbbreviations(decodeUtf8(abbreviations), "abbreviations_file"),
  };
}

function readConfig(bytes: Uint8Array): ReturnType<typeof parseSpeechTokenizerConfig> {
  let raw: unknown;
  try {
    raw = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new ToolError("INVALID_FILE", "the tokenizer's config is not JSON", {
      at: "text_tokenizer",
      hint: "build and deploy the pipeline again",
      cause,
    });
  }
  return parseSpeechTokenizerConfig(raw);
}
