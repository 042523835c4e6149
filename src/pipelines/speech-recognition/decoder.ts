/** Which decoder a pipeline gets, and with which settings: the options of one decoder each. */
import type { JsonObject } from "../../formats/rmir/description.ts";
import { silenceToken, vocabularyKind } from "../../steps/ctc-beam-decoder/make-lexicon.ts";
import type { AcousticModel } from "./acoustic-model.ts";
import type { Given, OptionName, Values } from "./option-effects.ts";

export type DecoderType = Values["decoder_type"];

/** Files that only a decoder that searches can use. */
const SEARCH_FILES: readonly OptionName[] = [
  "decoding_language_model_binary",
  "decoding_language_model_arpa",
  "decoding_vocab",
  "decoding_lexicon",
];
const GRAPH_FILES: readonly OptionName[] = [
  "decoding_language_model_fst",
  "decoding_language_model_words",
  "decoding_language_model_carpa",
];

/**
 * The decoder that is asked for. Old command lines do not say which: one that brings a language
 * model wants it to be used.
 */
export function decoderTypeOf(values: Values, given: Given): DecoderType {
  if (given.has("decoder_type")) return values.decoder_type;
  const isGiven = (names: readonly OptionName[]): boolean => names.some((name) => given.has(name));
  const hasScope = (scope: string): boolean => [...given].some((name) => name.startsWith(scope));
  if (isGiven(GRAPH_FILES)) return "kaldi";
  if (!isGiven(SEARCH_FILES)) return values.decoder_type;
  return hasScope("os2s_decoder.") ? "os2s" : "flashlight";
}

/** flashlight with tokens instead of words: as wished, or because nothing says what words there are. */
export function isLexiconFree(values: Values, given: Given): boolean {
  if (values["flashlight_decoder.use_lexicon_free_decoding"] === true) return true;
  return !given.has("decoding_vocab") && !given.has("decoding_lexicon");
}

/** Tokens of a timestep that beam search gets to see, where no option says how many. */
const TOP_TOKENS = 64;

/** Tokens of a timestep that leave the acoustic model; undefined for the greedy decoder: one. */
export function topTokensOf(
  decoder: DecoderType,
  values: Values,
  { vocabulary }: AcousticModel,
): number | undefined {
  if (decoder !== "flashlight" && decoder !== "os2s") return undefined;
  const own = decoder === "flashlight" ? values["flashlight_decoder.beam_size_token"] : undefined;
  return Math.min(own ?? TOP_TOKENS, vocabulary.length + 1);
}

/** Parameters of the step that are this decoder's own. */
export function searchParameters(
  decoder: DecoderType,
  values: Values,
  given: Given,
  model: AcousticModel,
): JsonObject {
  if (decoder === "os2s") {
    return {
      beam_search_width: values["os2s_decoder.beam_search_width"] ?? 100,
      language_model_alpha: values["os2s_decoder.language_model_alpha"] ?? 0.5,
      language_model_beta: values["os2s_decoder.language_model_beta"] ?? 1.5,
    };
  }
  if (decoder !== "flashlight") return {};
  const kind = vocabularyKind(model.vocabulary, model.isSubword);
  return {
    beam_size: values["flashlight_decoder.beam_size"] ?? 32,
    beam_size_token: values["flashlight_decoder.beam_size_token"] ?? TOP_TOKENS,
    beam_threshold: values["flashlight_decoder.beam_threshold"] ?? 20,
    lm_weight: values["flashlight_decoder.lm_weight"] ?? 0.8,
    word_insertion_score: values["flashlight_decoder.word_insertion_score"] ?? 1,
    unk_score: values["flashlight_decoder.unk_score"] ?? "-inf",
    log_add: values["flashlight_decoder.log_add"] ?? false,
    smearing_mode: values["flashlight_decoder.smearing_mode"] ?? "max",
    sil_token: values["flashlight_decoder.sil_token"] ?? silenceToken(model.vocabulary, kind),
    use_lexicon_free_decoding: isLexiconFree(values, given),
  };
}
