/** The same tokenizers in @huggingface/tokenizers, made from `tokenizer.json` objects. */
import * as huggingFace from "@huggingface/tokenizers";
import type { ByteLevelBpeOptions } from "../../src/text/tokenizers/byte-level-bpe.ts";
import type { SentencePieceModel } from "../../src/tensor/sentence-piece-model.ts";

export interface PeerTokenizer {
  readonly encode: (text: string) => { readonly ids: readonly number[] };
}

/** What we use of the package, whose own types do not resolve under `nodenext`. */
interface Package {
  readonly Tokenizer: new (
    definition: object,
    config: object,
  ) => { encode(text: string, options: object): { readonly ids: readonly number[] } };
}

function make(definition: object): PeerTokenizer {
  const { Tokenizer } = huggingFace as unknown as Package;
  const tokenizer = new Tokenizer(
    { version: "1.0", added_tokens: [], decoder: null, post_processor: null, ...definition },
    {},
  );
  return { encode: (text) => tokenizer.encode(text, { add_special_tokens: false }) };
}

export function wordPiece(vocabulary: readonly string[]): PeerTokenizer {
  return make({
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    },
  });
}

export function byteLevelBpe({ vocabulary, merges }: ByteLevelBpeOptions): PeerTokenizer {
  return make({
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    model: {
      type: "BPE",
      vocab: Object.fromEntries(vocabulary.ids),
      merges: merges.map((pair) => pair.join(" ")),
    },
  });
}

/** Without normalisation, which only helps the peer. */
export function unigram({ pieces }: SentencePieceModel): PeerTokenizer {
  return make({
    normalizer: null,
    pre_tokenizer: { type: "Metaspace", replacement: "▁", add_prefix_space: true },
    model: {
      type: "Unigram",
      unk_id: pieces.findIndex(([, , kind]) => kind === "unknown"),
      vocab: pieces.map(([text, score]) => [text, score]),
    },
  });
}
