/**
 * KenLM binaries from a file: what it is, from its first bytes, and the whole as a language model
 * that works in place. Given an ARPA file instead, it is compiled first.
 */
import { withPlace } from "../../errors/tool-error.ts";
import { readAll, type ByteSource } from "../../io/byte-source.ts";
import {
  isKenlm,
  KENLM_HEADER_MAX_BYTES,
  parseKenlmHeader,
  type KenlmHeader,
} from "../../language-model/kenlm-header.ts";
import { openKenlm } from "../../language-model/kenlm-model.ts";
import type { LanguageModel } from "../../language-model/language-model.ts";
import { compileArpaFile } from "../arpa/read.ts";

/** One typed array holds no more on the machines we run on. */
const MAX_BYTES = 8 * 1024 ** 3;

/**
 * Kind, order and counts; reads 256 bytes.
 * @throws ToolError INVALID_FILE, UNSUPPORTED
 */
export async function readKenlmHeader(source: ByteSource): Promise<KenlmHeader> {
  const bytes = await source.read(0, Math.min(source.sizeBytes, KENLM_HEADER_MAX_BYTES));
  return withPlace(source.name, () => parseKenlmHeader(bytes));
}

/** True for a KenLM binary of any version, false for ARPA and everything else. */
export async function isKenlmFile(source: ByteSource): Promise<boolean> {
  return isKenlm(await source.read(0, Math.min(source.sizeBytes, KENLM_HEADER_MAX_BYTES)));
}

/**
 * The language model in a KenLM binary or an ARPA file (plain or gzip), and the binary's bytes,
 * which a step in a model repository can use as they are.
 * @throws ToolError INVALID_FILE, UNSUPPORTED, LIMIT_EXCEEDED
 */
export async function readLanguageModel(
  source: ByteSource,
): Promise<{ readonly model: LanguageModel; readonly bytes: Uint8Array }> {
  if (!(await isKenlmFile(source))) {
    const bytes = await compileArpaFile(source);
    return { model: openKenlm(bytes), bytes };
  }
  return withPlace(source.name, async () => {
    const bytes = await readAll(source, MAX_BYTES);
    return { model: openKenlm(bytes), bytes };
  });
}
