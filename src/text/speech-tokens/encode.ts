/**
 * Symbols to token ids, as NeMo's tokenizers do it: unknown symbols are left out, blanks are
 * collapsed, trailing ones removed, and the sequence may be wrapped in blanks.
 */
import { BLANK, OOV, PAD, SPACE, type SpeechVocabulary } from "./vocabulary.ts";

export interface EncodeOptions {
  readonly padWithSpace: boolean;
  /** `IPATokenizer` leaves blanks as they are, but for trailing ones. */
  readonly keepsSpaces: boolean;
}

export interface SpeechTokens {
  readonly ids: readonly number[];
  /** For each id the index of the symbol that it stands for; -1 for a blank put around the text. */
  readonly sources: readonly number[];
  /** Symbols that the vocabulary does not have, in order, each once. */
  readonly unknown: readonly string[];
}

/** Tokens that no text may ask for. */
const UTILITY_TOKENS = new Set([PAD, BLANK, OOV]);
/** A vowel with its stress, which a vocabulary without stresses has as a bare vowel. */
const STRESSED = /^[A-Z]{2}[0-2]$/;

export function encodeSymbols(
  symbols: readonly string[],
  vocabulary: SpeechVocabulary,
  options: EncodeOptions,
): SpeechTokens {
  const { ids, space } = vocabulary;
  const encoded: number[] = [];
  const sources: number[] = [];
  const unknown = new Set<string>();
  symbols.forEach((symbol, source) => {
    const isRepeated = encoded.length === 0 || encoded.at(-1) === space;
    if (symbol === SPACE && isRepeated && !options.keepsSpaces) return;
    const id = idOf(symbol, ids);
    if (id === undefined) {
      unknown.add(symbol);
    } else {
      encoded.push(id);
      sources.push(source);
    }
  });
  while (encoded.at(-1) === space) {
    encoded.pop();
    sources.pop();
  }
  if (!options.padWithSpace) return { ids: encoded, sources, unknown: [...unknown] };
  return {
    ids: [space, ...encoded, space],
    sources: [-1, ...sources, -1],
    unknown: [...unknown],
  };
}

function idOf(symbol: string, ids: ReadonlyMap<string, number>): number | undefined {
  if (UTILITY_TOKENS.has(symbol)) return undefined;
  return ids.get(symbol) ?? (STRESSED.test(symbol) ? ids.get(symbol.slice(0, 2)) : undefined);
}
