/** A language model from the bytes of its file, whichever of the formats it is. */
import { ArpaReader } from "./arpa-reader.ts";
import { compileArpa } from "./compile-arpa.ts";
import { isKenlm } from "./kenlm-header.ts";
import { openKenlm } from "./kenlm-model.ts";
import type { LanguageModel } from "./language-model.ts";

/**
 * @param bytes a KenLM binary, which is used in place, or an ARPA file, which is compiled and may
 *   then go (gzip is undone by `formats/arpa`, outside of V8)
 * @throws ToolError INVALID_FILE, UNSUPPORTED, LIMIT_EXCEEDED
 */
export function openLanguageModel(bytes: Uint8Array): LanguageModel {
  return openKenlm(isKenlm(bytes) ? bytes : compileArpaBytes(bytes));
}

/** The bytes of a KenLM probing binary for an ARPA file in memory. */
export function compileArpaBytes(bytes: Uint8Array): Uint8Array {
  const reader = new ArpaReader();
  reader.push(bytes);
  return compileArpa(reader.finish());
}
