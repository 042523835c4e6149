/** The tokenizer of a language step, from the model's parameters and the files beside it. */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { createAlbert } from "../../text/tokenizers/albert.ts";
import { createByteLevelBpe } from "../../text/tokenizers/byte-level-bpe.ts";
import { parseMerges } from "../../text/tokenizers/byte-level-merges.ts";
import { createSentencePiece } from "../../text/tokenizers/sentence-piece.ts";
import { parseSentencePieceJson } from "../../text/tokenizers/sentence-piece-json.ts";
import type { SpecialRole, SpecialTokens, Tokenizer } from "../../text/tokenizers/tokenizer.ts";
import { parseVocabularyJson, parseVocabularyLines } from "../../text/tokenizers/vocabulary.ts";
import { createWordPiece } from "../../text/tokenizers/wordpiece.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import { booleanParameter, fileParameter, textParameter, wrong } from "../parameters.ts";
import type { StepSetup } from "../step.ts";

/** Values of the parameter `tokenizer_type`. */
export const TOKENIZER_TYPES = ["wordpiece", "byte_level_bpe", "sentencepiece", "albert"] as const;

const ROLES: readonly SpecialRole[] = ["pad", "unk", "cls", "sep", "bos", "eos", "mask"];

/** @throws ToolError INVALID_CONFIG for wrong parameters, INVALID_FILE for wrong files */
export function loadTokenizer(setup: StepSetup): Tokenizer {
  const type = textParameter(setup, "tokenizer_type");
  const text = (name: string): string => decodeUtf8(fileParameter(setup, name));
  const specials = specialTokens(setup);
  const given = specials === undefined ? {} : { specialTokens: specials };
  const place = setup.parameters["vocab_file"] ?? "vocab_file";
  switch (type) {
    case "wordpiece":
      return createWordPiece({
        vocabulary: parseVocabularyLines(text("vocab_file")),
        lowerCase: booleanParameter(setup, "do_lower_case", false),
        ...given,
      });
    case "byte_level_bpe":
      return createByteLevelBpe({
        vocabulary: withPlace(place, () => parseVocabularyJson(text("vocab_file"))),
        merges: withPlace("merges_file", () => parseMerges(text("merges_file"))),
        ...given,
      });
    case "sentencepiece":
    case "albert": {
      const model = withPlace(place, () => parseSentencePieceJson(text("vocab_file")));
      return type === "albert" ? createAlbert(model) : createSentencePiece(model, given);
    }
    default:
      throw wrong("tokenizer_type", `one of ${TOKENIZER_TYPES.join(", ")}`, type);
  }
}

/** `{"cls": "[CLS]", …}` in the order of the model's configuration. */
function specialTokens(setup: StepSetup): SpecialTokens | undefined {
  const text = setup.parameters["special_tokens"];
  if (text === undefined || text === "") return undefined;
  const wrongTokens = (): ToolError =>
    wrong("special_tokens", "a JSON object from role to token", text.slice(0, 100));
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrongTokens();
  }
  if (typeof parsed !== "object" || parsed === null) throw wrongTokens();
  const entries = Object.entries(parsed);
  const isFitting = entries.every(
    ([role, token]) => ROLES.includes(role as SpecialRole) && typeof token === "string",
  );
  if (!isFitting) throw wrongTokens();
  return Object.fromEntries(entries) as SpecialTokens;
}
