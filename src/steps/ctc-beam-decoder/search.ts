/** The beam search that the parameters and files of a decoder model ask for. */
import type { BeamDecoder } from "../../decoding/beam/beam-decoder.ts";
import { parseLexicon } from "../../decoding/beam/lexicon.ts";
import { LexiconSearch } from "../../decoding/beam/lexicon-search.ts";
import { SMEARING_MODES, type SmearingMode } from "../../decoding/beam/lexicon-trie.ts";
import { PrefixSearch } from "../../decoding/beam/prefix-search.ts";
import { TokenSearch } from "../../decoding/beam/token-search.ts";
import { withPlace } from "../../errors/tool-error.ts";
import type { LanguageModel } from "../../language-model/language-model.ts";
import { openLanguageModel } from "../../language-model/open.ts";
import type { CtcVocabulary } from "../../text/ctc-text.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import {
  booleanParameter,
  numberParameter,
  optionalFileParameter,
  textParameter,
  wrong,
} from "../parameters.ts";
import type { StepSetup } from "../step.ts";

/** Values of the parameter `decoder_type`. */
export const BEAM_DECODERS = ["flashlight", "os2s"] as const;
const MOST_HYPOTHESES = 10_000;

/** @throws ToolError INVALID_CONFIG for wrong parameters, INVALID_FILE for wrong files */
export function loadSearch(setup: StepSetup, vocabulary: CtcVocabulary): BeamDecoder<unknown> {
  const type = textParameter(setup, "decoder_type");
  const languageModel = loadLanguageModel(setup);
  if (type === "os2s") return loadPrefixSearch(setup, vocabulary, languageModel);
  if (type !== "flashlight") throw wrong("decoder_type", BEAM_DECODERS.join(" or "), type);
  if (booleanParameter(setup, "use_lexicon_free_decoding", false)) {
    return loadTokenSearch(setup, vocabulary, languageModel);
  }
  return loadLexiconSearch(setup, vocabulary, languageModel);
}

function loadLanguageModel(setup: StepSetup): LanguageModel | undefined {
  const bytes = optionalFileParameter(setup, "language_model_file");
  if (bytes === undefined) return undefined;
  return withPlace(textParameter(setup, "language_model_file"), () => openLanguageModel(bytes));
}

const real = (setup: StepSetup, name: string, fallback: number): number =>
  numberParameter(setup, name, { fallback });

const count = (setup: StepSetup, name: string, fallback: number): number =>
  numberParameter(setup, name, { fallback, min: 1, max: MOST_HYPOTHESES, isWhole: true });

function flashlightOptions(setup: StepSetup, { tokens }: CtcVocabulary) {
  const silence = setup.parameters["sil_token"] ?? "";
  return {
    blank: tokens.length,
    silence: silence === "" ? -1 : tokens.indexOf(silence),
    beamSize: count(setup, "beam_size", 32),
    beamSizeToken: count(setup, "beam_size_token", 64),
    beamThreshold: numberParameter(setup, "beam_threshold", { fallback: 20, min: 0 }),
    lmWeight: real(setup, "lm_weight", 0.8),
    silScore: real(setup, "sil_score", 0),
    logAdd: booleanParameter(setup, "log_add", false),
  };
}

function loadTokenSearch(
  setup: StepSetup,
  vocabulary: CtcVocabulary,
  languageModel: LanguageModel | undefined,
): BeamDecoder<unknown> {
  const { tokens } = vocabulary;
  const search = new TokenSearch({
    ...flashlightOptions(setup, vocabulary),
    tokens,
    languageModel,
  });
  return search as BeamDecoder<unknown>;
}

function loadLexiconSearch(
  setup: StepSetup,
  vocabulary: CtcVocabulary,
  languageModel: LanguageModel | undefined,
): BeamDecoder<unknown> {
  const file = optionalFileParameter(setup, "lexicon_file");
  if (file === undefined) throw wrong("lexicon_file", "a file of words and tokens", "");
  const smearing = setup.parameters["smearing_mode"] ?? "max";
  if (!isSmearing(smearing)) throw wrong("smearing_mode", SMEARING_MODES.join(", "), smearing);
  const search = new LexiconSearch({
    ...flashlightOptions(setup, vocabulary),
    vocabularySize: vocabulary.tokens.length + 1,
    lexicon: withPlace(textParameter(setup, "lexicon_file"), () =>
      parseLexicon(decodeUtf8(file), vocabulary.tokens),
    ),
    languageModel,
    wordInsertionScore: real(setup, "word_insertion_score", 1),
    unkScore: unknownScore(setup),
    smearing,
  });
  return search as BeamDecoder<unknown>;
}

const isSmearing = (text: string): text is SmearingMode =>
  (SMEARING_MODES as readonly string[]).includes(text);

/** `-inf`, as flashlight writes it: there are no unknown words. */
function unknownScore(setup: StepSetup): number {
  const text = (setup.parameters["unk_score"] ?? "").trim().toLowerCase();
  return text === "" || text === "-inf" ? -Infinity : real(setup, "unk_score", 0);
}

/** What pyctcdecode prunes by. */
const BEAM_PRUNE = -10;
const TOKEN_MIN = -5;

function loadPrefixSearch(
  setup: StepSetup,
  { tokens, kind }: CtcVocabulary,
  languageModel: LanguageModel | undefined,
): BeamDecoder<unknown> {
  const file = optionalFileParameter(setup, "words_file");
  const words = file === undefined ? languageModel?.words() : wordsOf(decodeUtf8(file));
  const search = new PrefixSearch({
    tokens,
    kind,
    blank: tokens.length,
    languageModel,
    words,
    alpha: real(setup, "language_model_alpha", 0.5),
    beta: real(setup, "language_model_beta", 1.5),
    beamWidth: count(setup, "beam_search_width", 100),
    beamPruneLogProbability: BEAM_PRUNE,
    tokenMinLogProbability: TOKEN_MIN,
    // One transcript is found better so; alternatives must not be dropped for their likeness.
    pruneHistory: count(setup, "max_supported_transcripts", 1) === 1,
    // A lone `▁` at the end begins a word that never comes; characters may well end in a blank.
    trailingSpaceIsWord: kind === "sentencepiece",
  });
  return search as BeamDecoder<unknown>;
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
