/**
 * Text to the token ids of a spectrogram model, as the tokenizer in its config does it: G2P and
 * vocabulary put together from the files of the archive. The text must be normalised: symbols that
 * the model has no token for are left out.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { arpabetG2p } from "../g2p/arpabet.ts";
import { readArpabetDictionary } from "../g2p/arpabet-dictionary.ts";
import { codePoints, readHeteronyms, type CustomDictionary, type G2p } from "../g2p/g2p.ts";
import { ipaG2p } from "../g2p/ipa.ts";
import { readIpaDictionary } from "../g2p/ipa-dictionary.ts";
import { preprocessAnyLocale, preprocessEnglish } from "../g2p/preprocess.ts";
import { decodeUtf8 } from "../utf8.ts";
import { encodeSymbols, type SpeechTokens } from "./encode.ts";
import type {
  ArpabetTokenizerConfig,
  IpaTokenizerConfig,
  SpeechTokenizerConfig,
} from "./tokenizer-config.ts";
import {
  arpabetTokens,
  englishCharsTokens,
  ipaTokens,
  speechVocabulary,
  type SpeechVocabulary,
} from "./vocabulary.ts";

export interface SpeechTokenizer {
  readonly vocabulary: SpeechVocabulary;
  /** `undefined` for a model of letters only. */
  readonly g2p: G2p | undefined;
  /** Text as phones, letters, blanks and punctuation. */
  symbols(text: string, custom?: CustomDictionary): string[];
  /** Symbols of one sentence, perhaps of several pieces of text and given phonemes, as ids. */
  encodeSymbols(symbols: readonly string[]): SpeechTokens;
}

/** Files of the archive by name, as bytes. */
export type TokenizerFiles = Readonly<Record<string, Uint8Array>>;

/**
 * @param tokens of `mapping.txt`; default: made from the config and the dictionary, as NeMo does.
 * @throws ToolError INVALID_CONFIG for a missing file, INVALID_FILE for a malformed one.
 */
export function createSpeechTokenizer(
  config: SpeechTokenizerConfig,
  files: TokenizerFiles,
  tokens?: readonly string[],
): SpeechTokenizer {
  const { g2p, ownTokens, preprocess } = partsOf(config, files);
  const place = tokens === undefined ? "model_config.yaml" : "mapping.txt";
  const vocabulary = speechVocabulary(tokens ?? ownTokens, place);
  const options = { padWithSpace: config.padWithSpace, keepsSpaces: config.kind === "ipa" };
  return {
    vocabulary,
    g2p,
    symbols(text, custom) {
      const preprocessed = preprocess(text);
      return g2p === undefined ? codePoints(preprocessed) : g2p.symbols(preprocessed, custom);
    },
    encodeSymbols: (symbols) => encodeSymbols(symbols, vocabulary, options),
  };
}

interface TokenizerParts {
  readonly g2p: G2p | undefined;
  readonly ownTokens: readonly string[];
  readonly preprocess: (text: string) => string;
}

function partsOf(config: SpeechTokenizerConfig, files: TokenizerFiles): TokenizerParts {
  switch (config.kind) {
    case "english-chars":
      return {
        g2p: undefined,
        ownTokens: englishCharsTokens(config),
        preprocess: (text) => preprocessEnglish(text).toLowerCase(),
      };
    case "english-phonemes":
      return arpabetParts(config, files);
    case "ipa":
      return ipaParts(config, files);
  }
}

function arpabetParts(config: ArpabetTokenizerConfig, files: TokenizerFiles): TokenizerParts {
  const { phonemeDict, ignoreAmbiguousWords } = config.g2p;
  const dictionary = readArpabetDictionary(fileOf(files, phonemeDict), phonemeDict);
  const heteronyms = heteronymsOf(files, config.g2p.heteronyms);
  return {
    g2p: arpabetG2p({ dictionary, heteronyms, ignoreAmbiguousWords }),
    ownTokens: arpabetTokens(config),
    preprocess: preprocessEnglish,
  };
}

function ipaParts(config: IpaTokenizerConfig, files: TokenizerFiles): TokenizerParts {
  const { phonemeDict } = config.g2p;
  const { dictionary, symbols } = readIpaDictionary(
    fileOf(files, phonemeDict),
    config.g2p,
    phonemeDict,
  );
  return {
    g2p: ipaG2p({
      ...config.g2p,
      dictionary,
      heteronyms: heteronymsOf(files, config.g2p.heteronyms),
    }),
    ownTokens: ipaTokens(config, symbols),
    preprocess: config.locale === "en-US" ? preprocessEnglish : preprocessAnyLocale,
  };
}

function heteronymsOf(files: TokenizerFiles, name: string | undefined): ReadonlySet<string> {
  return name === undefined ? new Set() : readHeteronyms(decodeUtf8(fileOf(files, name)));
}

function fileOf(files: TokenizerFiles, name: string): Uint8Array {
  const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
  if (bytes !== undefined) return bytes;
  throw new ToolError("INVALID_CONFIG", `speech tokens: the file '${name}' is missing`, {
    at: "text_tokenizer.g2p",
    hint: `add it to the archive; there are: ${Object.keys(files).join(", ") || "none"}`,
  });
}
