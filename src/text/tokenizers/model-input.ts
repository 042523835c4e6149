/**
 * Ids as language models want them: `[CLS] first [SEP]` or `[CLS] first [SEP] second [SEP]`.
 * NeMo builds pairs this way for every encoder, RoBERTa (with `<s>` and `</s>`) included.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { SpecialIds, SpecialRole } from "./tokenizer.ts";

export interface ModelInput {
  readonly ids: readonly number[];
  /** 0 for the first text and its special tokens, 1 for the second and its `[SEP]`. */
  readonly tokenTypes: readonly number[];
}

/**
 * Puts the special tokens around one text or two.
 * @throws ToolError INVALID_CONFIG if the vocabulary has no `cls` or `sep` token.
 */
export function withSpecials(
  specials: SpecialIds,
  first: readonly number[],
  second?: readonly number[],
): ModelInput {
  const cls = requiredSpecial(specials, "cls");
  const sep = requiredSpecial(specials, "sep");
  const head = [cls, ...first, sep];
  const tail = second === undefined ? [] : [...second, sep];
  return {
    ids: [...head, ...tail],
    tokenTypes: [...head.map(() => 0), ...tail.map(() => 1)],
  };
}

/** @throws ToolError INVALID_CONFIG if the vocabulary has no token for this role. */
export function requiredSpecial(specials: SpecialIds, role: SpecialRole): number {
  const id = specials[role];
  if (id !== undefined) return id;
  throw new ToolError("INVALID_CONFIG", `the vocabulary has no '${role}' token`, {
    hint: "the vocabulary belongs to another kind of model, or names its special tokens differently",
  });
}
