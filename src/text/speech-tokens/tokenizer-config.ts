/**
 * The node `text_tokenizer` of a model config, parsed once: which tokenizer, which options, which
 * G2P with which files. Defaults are those of NeMo 2.4 (`tts_tokenizers.py`).
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { GraphemeCase } from "../g2p/ipa-dictionary.ts";
import { ConfigNode } from "./config-node.ts";
import { punctuationOf } from "./locales.ts";
import { DEFAULT_PUNCTUATION, OOV, type BlankPlace, type ListedTokens } from "./vocabulary.ts";

interface CommonConfig extends ListedTokens {
  readonly padWithSpace: boolean;
}

interface G2pFiles {
  /** Name of the dictionary in the archive, without `nemo:`. */
  readonly phonemeDict: string;
  readonly heteronyms: string | undefined;
  readonly ignoreAmbiguousWords: boolean;
}

export interface CharsTokenizerConfig extends CommonConfig {
  readonly kind: "english-chars";
}

export interface ArpabetTokenizerConfig extends CommonConfig {
  readonly kind: "english-phonemes";
  readonly stresses: boolean;
  readonly chars: boolean;
  readonly g2p: G2pFiles;
}

export interface IpaTokenizerConfig extends CommonConfig {
  readonly kind: "ipa";
  readonly locale: string;
  readonly g2p: G2pFiles & {
    readonly locale: string;
    readonly useChars: boolean;
    readonly useStresses: boolean;
    readonly graphemeCase: GraphemeCase;
    readonly graphemePrefix: string;
  };
}

export type SpeechTokenizerConfig =
  CharsTokenizerConfig | ArpabetTokenizerConfig | IpaTokenizerConfig;

const SUPPORTED = "EnglishCharsTokenizer, EnglishPhonemesTokenizer, IPATokenizer";

/** @throws ToolError INVALID_CONFIG for a wrong value, UNSUPPORTED for another tokenizer. */
export function parseSpeechTokenizerConfig(raw: unknown): SpeechTokenizerConfig {
  const node = new ConfigNode(raw, "text_tokenizer");
  const target = className(node);
  switch (target) {
    case "EnglishCharsTokenizer":
      return { kind: "english-chars", ...common(node, DEFAULT_PUNCTUATION, true) };
    case "EnglishPhonemesTokenizer":
      return arpabetConfig(node);
    case "IPATokenizer":
      return ipaConfig(node);
    default:
      throw unsupported(`text_tokenizer._target_: no support for '${target}'`);
  }
}

function arpabetConfig(node: ConfigNode): ArpabetTokenizerConfig {
  const g2p = node.child("g2p");
  if (className(g2p) !== "EnglishG2p") throw unsupported(`${g2p.path}: no support for this G2P`);
  return {
    kind: "english-phonemes",
    ...common(node, DEFAULT_PUNCTUATION, true),
    stresses: node.boolean("stresses", false),
    chars: node.boolean("chars", false) || g2p.has("phoneme_probability"),
    g2p: g2pFiles(g2p),
  };
}

function ipaConfig(node: ConfigNode): IpaTokenizerConfig {
  const g2p = node.child("g2p");
  if (!/^ipag2p$/i.test(className(g2p))) throw unsupported(`${g2p.path}: no support for this G2P`);
  if (node.has("fixed_vocab")) throw unsupported("text_tokenizer.fixed_vocab: no support for it");
  const locale = node.string("locale", "en-US");
  return {
    kind: "ipa",
    ...common(node, punctuationOf(locale), false),
    locale,
    g2p: {
      ...g2pFiles(g2p),
      locale: g2p.string("locale", "en-US"),
      useChars: g2p.boolean("use_chars", false) || g2p.has("phoneme_probability"),
      useStresses: g2p.boolean("use_stresses", true),
      graphemeCase: g2p.oneOf("grapheme_case", ["upper", "lower", "mixed"], "upper"),
      graphemePrefix: g2p.string("grapheme_prefix", ""),
    },
  };
}

function common(
  node: ConfigNode,
  defaultPunctuation: readonly string[],
  defaultApostrophe: boolean,
): CommonConfig {
  const punctuation = node.strings("non_default_punct_list") ?? defaultPunctuation;
  return {
    silence: node.has("silence") ? node.string("silence", "") : undefined,
    apostrophe: node.boolean("apostrophe", defaultApostrophe),
    punctuation: node.boolean("punct", true) ? punctuation : [],
    oov: node.string("oov", OOV),
    blankPlace: blankPlace(node),
    padWithSpace: node.boolean("pad_with_space", false),
  };
}

/** NeMo looks only whether `add_blank_at` is null, `last` or anything else (even false). */
function blankPlace(node: ConfigNode): BlankPlace {
  if (!node.has("add_blank_at")) return "none";
  return node.value("add_blank_at") === "last" ? "last" : "before-oov";
}

function g2pFiles(g2p: ConfigNode): G2pFiles {
  return {
    phonemeDict: g2p.file("phoneme_dict"),
    heteronyms: g2p.has("heteronyms") ? g2p.file("heteronyms") : undefined,
    ignoreAmbiguousWords: g2p.boolean("ignore_ambiguous_words", true),
  };
}

function className(node: ConfigNode): string {
  return node.string("_target_").split(".").at(-1) as string;
}

function unsupported(message: string): ToolError {
  return new ToolError("UNSUPPORTED", message, {
    at: "model_config.yaml",
    hint: `supported tokenizers: ${SUPPORTED}, with EnglishG2p or IpaG2p`,
  });
}
