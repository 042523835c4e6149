/**
 * The tokens of a spectrogram model, from its config, and their `mapping.txt`. Converters need no
 * more of `text` than this, so it is all they see of it.
 */
import { readIpaDictionary } from "../text/g2p/ipa-dictionary.ts";
import { writeMapping } from "../text/speech-tokens/mapping.ts";
import {
  parseSpeechTokenizerConfig,
  type SpeechTokenizerConfig,
} from "../text/speech-tokens/tokenizer-config.ts";
import { arpabetTokens, englishCharsTokens, ipaTokens } from "../text/speech-tokens/vocabulary.ts";

export interface SpeechMapping {
  /** By id. */
  readonly tokens: readonly string[];
  /** The content of `mapping.txt`. */
  readonly text: string;
}

/** Reads the file that `text_tokenizer.g2p.phoneme_dict` names. */
export type ReadDictionary = () => Promise<Uint8Array>;

const ALPHABETS = {
  "english-chars": undefined,
  "english-phonemes": "arpabet",
  ipa: "ipa",
} as const;

/**
 * @param raw the node `text_tokenizer`, as plain objects.
 * @throws ToolError UNSUPPORTED for a tokenizer that is not known, INVALID_CONFIG, INVALID_FILE, and
 * what `readDictionary` throws.
 */
export async function speechMapping(
  raw: unknown,
  readDictionary: ReadDictionary,
): Promise<SpeechMapping> {
  const config = parseSpeechTokenizerConfig(raw);
  const tokens = await tokensOf(config, readDictionary);
  return { tokens, text: writeMapping(tokens, ALPHABETS[config.kind]) };
}

/** Only the IPA tokenizer takes its tokens from the dictionary. */
async function tokensOf(
  config: SpeechTokenizerConfig,
  readDictionary: ReadDictionary,
): Promise<string[]> {
  switch (config.kind) {
    case "english-chars":
      return englishCharsTokens(config);
    case "english-phonemes":
      return arpabetTokens(config);
    case "ipa": {
      const { symbols } = readIpaDictionary(
        await readDictionary(),
        config.g2p,
        config.g2p.phonemeDict,
      );
      return ipaTokens(config, symbols);
    }
  }
}
